;; Blocks with a thousand parameters and results.
;; outcome: limit
(module
  (type $t (func (repeat 1000 (param i32)) (repeat 1000 (result i32))))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 1000 (i32.const 1))
    (repeat 3000 (block (type $t)))
    (repeat 1000 (drop))))
