;; Stores whose addresses are long expressions.
;; outcome: timeout
(module (memory (export "memory") 1) (func (export "run") (result i32) (local i32) (loop $l (repeat 3000 (i32.store (i32.and (i32.mul (i32.add (local.get 0) (i32.const #)) (i32.const 7)) (i32.const 0xfff0)) (i32.load (i32.and (local.get 0) (i32.const 0xfff0))))) (br $l)) (i32.const 0)))
