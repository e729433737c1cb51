;; Recursion with a thousand parameters.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (repeat 999 (i32.const 1)) (call $f)
    (i32.const 0))
  (func $f (repeat 999 (param i32)) (repeat 999 (local.get #)) (call $f)))
