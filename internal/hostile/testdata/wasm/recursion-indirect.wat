;; A function that calls itself through a table.
;; outcome: limit or timeout
(module
  (type $t (func))
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $f)
    (i32.const 0))
  (func $f (call_indirect (type $t) (i32.const 0)))
  (elem (i32.const 0) $f))
