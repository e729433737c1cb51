;; A maximum below the minimum.
;; outcome: script_error
(module
  (memory (export "memory") 2 1)
  (func (export "run") (result i32) (i32.const 0)))
