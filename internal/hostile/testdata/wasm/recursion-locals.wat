;; Recursion with a thousand local variables in each frame.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $f)
    (i32.const 0))
  (func $f (locals 1000 i64)
    (repeat 1000 (local.set # (i64.load (i32.const #))))
    (call $f)
    (repeat 1000 (i64.store (i32.const #) (local.get #)))))
