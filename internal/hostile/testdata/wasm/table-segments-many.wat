;; A hundred and twenty thousand element segments.
;; outcome: limit
(module
  (table 1 funcref)
  (memory (export "memory") 1)
  (func $f (export "run") (result i32) (i32.const 0))
  (repeat 120000 (elem (i32.const 0) $f)))
