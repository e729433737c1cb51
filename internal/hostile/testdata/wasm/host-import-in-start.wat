;; A function of the host as the start function.
;; outcome: script_error or timeout
(module
  (import "postern_v1" "restore_temporary_data" (func $restore_temporary_data (result i64)))
  (import "postern_v1" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (func $s (call $fail (i32.const 0) (i32.const 65536)))
  (start $s)
  (func (export "run") (result i32) (i32.const 0)))
