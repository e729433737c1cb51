;; ifs nested thirty thousand levels.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (repeat 30000 local.get 0 if) (repeat 30000 end)))
