;; Ten thousand locals of vectors that live over a loop.
;; outcome: timeout
(module (func (export "run") (result i32) (locals 5000 v128) (loop $l (repeat 5000 (local.set # (local.get #))) (br $l)) (i32.const 0)))
