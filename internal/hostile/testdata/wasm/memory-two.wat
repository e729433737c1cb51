;; Two memories.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (memory 65536)
  (func (export "run") (result i32) (i32.const 0)))
