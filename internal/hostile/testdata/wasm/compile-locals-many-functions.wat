;; Ten thousand functions with fifty thousand locals each.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (repeat 10000 (func (locals 50000 i64))))
