;; Selects of ten thousand locals.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func (locals 10000 i64) (repeat 10000 (local.set # (select (local.get #) (i64.const 1) (i32.const 1))))))
