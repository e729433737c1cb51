;; A hundred and twenty thousand globals.
;; outcome: limit
(module
  (repeat 120000 (global (mut i32) (i32.const 0)))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  )
