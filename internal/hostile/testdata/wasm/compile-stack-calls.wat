;; Values on the stack across many calls.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func $f (param i32) (repeat 20000 (i32.eqz (local.get 0))) (repeat 20000 (call $f (i32.const 0))) (repeat 19999 (i32.add)) (drop)))
