;; fail with a message of all memory.
;; outcome: script_error
(module
  (import "postern_v1" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 800)
  (func (export "run") (result i32)
    (call $fail (i32.const 0) (i32.const 0x3000000))
    (i32.const 0)))
