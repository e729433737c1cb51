;; A br_table into eight thousand blocks.
;; outcome: ok or limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (repeat 8000 block) (br_table (repeat 8000 #) (local.get 0)) (repeat 8000 end)))
