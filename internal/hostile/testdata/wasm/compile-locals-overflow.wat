;; Locals whose number exceeds 2^32.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (locals 4294967295 i64) (locals 4294967295 i64)))
