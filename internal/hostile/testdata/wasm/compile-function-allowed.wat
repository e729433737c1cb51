;; A function of two hundred kilobytes.
;; outcome: ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 30000 (drop (i32.load (i32.const 0))))))
