;; Many memory.fill, each with an interruption point.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 20000 (memory.fill (i32.const 0) (i32.const 0) (i32.const 1)))))
