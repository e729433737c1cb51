;; Five thousand locals that are all used after a loop.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func (locals 5000 i32) (repeat 5000 (local.set # (i32.load (i32.const 0)))) (loop (br_if 0 (local.get 0))) (repeat 5000 (i32.store (i32.const 0) (local.get #)))))
