;; Fifty thousand data segments, one in each kilobyte.
;; outcome: ok
(module
  (memory (export "memory") 782)
  (func (export "run") (result i32) (i32.const 0))
  (repeat 782 (data (i32.const #) "a") (data (i32.const #000) "b")))
