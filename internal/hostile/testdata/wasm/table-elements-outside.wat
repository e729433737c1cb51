;; Elements outside of the table.
;; outcome: ok or script_error
(module
  (table 1 funcref)
  (memory (export "memory") 1)
  (func $f (export "run") (result i32) (i32.const 0))
  (elem (i32.const 1) $f $f))
