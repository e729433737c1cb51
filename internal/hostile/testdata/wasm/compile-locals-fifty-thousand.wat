;; Fifty thousand locals, and one block.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func (locals 50000 i64) (block (br_if 0 (i32.const 0)))))
