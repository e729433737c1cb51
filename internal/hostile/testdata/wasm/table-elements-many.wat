;; Element segments of a million entries.
;; outcome: ok or script_error or timeout
(module
  (table 262144 funcref)
  (memory (export "memory") 1)
  (func $f (export "run") (result i32) (i32.const 0))
  (repeat 10 (elem (i32.const 0) (repeat 100000 $f))))
