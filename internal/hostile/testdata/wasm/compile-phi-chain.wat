;; A loop in which each local gets the value of the next.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func (locals 1000 i32) (loop (repeat 999 (local.set # (i32.add (local.get #) (i32.const 1)))) (br_if 0 (local.get 0)))))
