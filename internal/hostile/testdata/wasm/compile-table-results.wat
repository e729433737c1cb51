;; A br_table of many branches with a thousand results.
;; outcome: limit
(module
  (type $t (func (repeat 1000 (result i32))))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32)
    (block (type $t) (repeat 1000 (i32.const 1)) (br_table (repeat 20000 0) (local.get 0)))
    (repeat 1000 (drop))))
