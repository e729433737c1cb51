;; memory.grow at each level of a recursion.
;; outcome: limit or timeout
(module (memory (export "memory") 0) (func $f (param i32) (drop (memory.grow (i32.const 1))) (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 1)) (call $f (i32.add (local.get 0) (i32.const 1))) (drop (memory.grow (i32.const 1)))) (func (export "run") (result i32) (call $f (i32.const 0)) (i32.const 0)))
