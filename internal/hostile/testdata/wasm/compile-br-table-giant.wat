;; A br_table with the largest size that fits, in a loop.
;; outcome: limit or timeout
(module (memory (export "memory") 1) (func (export "run") (result i32) (local i32) (loop $l (block (block (br_table (repeat 60000 0 1) 0 (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))) (br $l)) (i32.const 0)))
