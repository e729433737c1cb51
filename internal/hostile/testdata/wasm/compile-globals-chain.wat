;; Fifty thousand globals, each with the value of an import that there is not.
;; outcome: timeout
(module (repeat 50000 (global (mut i64) (i64.const #))) (func (export "run") (result i32) (loop $l (repeat 5000 (global.set # (global.get #))) (br $l)) (i32.const 0)))
