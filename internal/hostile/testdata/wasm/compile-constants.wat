;; Many different constants.
;; outcome: ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 10000 (drop (i64.const #00000000)))))
