;; A function of blocks that all return, with values below them.
;; outcome: limit or timeout
(module (func (export "run") (result i32) (repeat 5000 (block (result i32) (i32.const 1) (br 0)))(repeat 4999 (i32.add))))
