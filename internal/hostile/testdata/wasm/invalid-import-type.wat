;; A host function with another type.
;; outcome: script_error
(module
  (import "postern_v1" "log" (func (param i64 i64 i64 i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0)))
