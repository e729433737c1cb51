;; A data segment outside of the memory.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (data (i32.const 65535) "ab"))
