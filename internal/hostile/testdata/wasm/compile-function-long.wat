;; A function of a megabyte.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 300000 (drop (i32.load (i32.const 0))))))
