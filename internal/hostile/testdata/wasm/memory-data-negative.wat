;; A data segment at -1.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (data (i32.const -1) "ab"))
