;; A value of four gigabytes.
;; outcome: ok
(module
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $set_data (i32.const 0) (i32.const 1) (i32.const 0) (i32.const -1)))
    (i32.const 0)))
