;; A type with a hundred thousand parameters.
;; outcome: limit
(module
  (type $t (func (repeat 100000 (param i32))))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (type $t)))
