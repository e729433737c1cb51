;; A function of a hundred kilobytes.
;; outcome: ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 18000 (drop (i32.load (i32.const 0))))))
