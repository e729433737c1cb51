;; A hundred and twenty thousand data segments.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (repeat 120000 (data "a")))
