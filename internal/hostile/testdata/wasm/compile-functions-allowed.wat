;; Sixty thousand functions.
;; outcome: ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (repeat 60000 (func)))
