;; A store at -1.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (i32.store (i32.const -1) (i32.const 1))
    (i32.const 0)))
