;; A br_table of thirty thousand entries in each of five functions.
;; outcome: limit or timeout
(module (repeat 5 (func (result i32) (local i32) (loop $l (block (block (br_table (repeat 30000 0 1) 0 (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))) (br $l)) (i32.const 0))) (func (export "run") (result i32) (i32.const 0)))