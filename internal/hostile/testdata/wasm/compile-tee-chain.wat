;; local.tee in a chain of twenty thousand additions.
;; outcome: timeout
(module (func (export "run") (result i32) (local i32 i32) (loop $l (local.get 0) (repeat 20000 (local.tee 1) (local.get 1) (i32.add)) (local.set 0) (br $l)) (i32.const 0)))
