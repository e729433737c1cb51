;; Fifty thousand calls in a row.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func $f (repeat 50000 (call $f))))
