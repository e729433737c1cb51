;; Fifty thousand types.
;; outcome: limit
(module
  (repeat 50000 (type (func (param i64 i32 f64))))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  )
