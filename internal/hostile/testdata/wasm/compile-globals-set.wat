;; Ninety thousand globals, all set by one function after the other.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (repeat 90000 (global (mut i64) (i64.const 0)))
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (repeat 90 (func (repeat 1000 (global.set # (i64.const 1))))))
