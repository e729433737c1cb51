;; An operand stack of fifty thousand values.
;; outcome: ok or timeout or limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (repeat 50000 (local.get 0)) (repeat 49999 (i32.add)) (drop)))
