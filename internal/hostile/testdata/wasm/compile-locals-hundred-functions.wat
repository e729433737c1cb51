;; A hundred functions of forty thousand locals.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (repeat 100 (func (locals 40000 i64) (block (br_if 0 (i32.const 0))))))
