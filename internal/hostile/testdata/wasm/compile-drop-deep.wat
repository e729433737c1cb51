;; Twenty thousand values, and then as many drops.
;; outcome: ok or timeout
(module (func (export "run") (result i32) (repeat 20000 (i64.const #)) (repeat 20000 (drop)) (i32.const 0)))
