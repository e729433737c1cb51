;; A module that begins with more pages than there are.
;; outcome: script_error
(module
  (memory (export "memory") 65537)
  (func (export "run") (result i32) (i32.const 0)))
