;; A thousand tables.
;; outcome: limit
(module
  (repeat 1000 (table 1 funcref))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0)))
