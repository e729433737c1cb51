;; A function with a billion locals.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (locals 1000000000 i64)))
