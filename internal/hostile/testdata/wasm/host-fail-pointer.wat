;; fail with a message beyond memory.
;; outcome: script_error
(module
  (import "postern_v1" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $fail (i32.const -1) (i32.const -1))
    (i32.const 0)))
