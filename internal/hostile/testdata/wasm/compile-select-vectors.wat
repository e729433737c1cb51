;; Chains of select of floats and of vectors.
;; outcome: timeout
(module (func (export "run") (result i32) (local i32 v128 f64) (loop $l (repeat 5000 (local.set 1 (select (local.get 1) (local.get 1) (local.get 0))) (local.set 2 (select (local.get 2) (local.get 2) (local.get 0)))) (br $l)) (i32.const 0)))
