;; Fifty thousand branches out of one block.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (block (repeat 50000 (br_if 0 (local.get 0))))))
