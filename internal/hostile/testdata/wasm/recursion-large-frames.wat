;; A recursion with five hundred values that are kept over the call.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $f (i32.const 0))
    (i32.const 0))
  (func $f (param i32) (locals 500 i64) (repeat 499 (local.set # (local.get #))) (call $f (i32.add (local.get 0) (i32.const 1))) (repeat 400 (drop (local.get #)))))
