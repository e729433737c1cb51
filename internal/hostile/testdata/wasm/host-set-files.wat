;; set_files with lengths beyond everything.
;; outcome: ok
(module
  (import "postern_v1" "set_files" (func $set_files (param i32 i32 i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $set_files (i32.const 0) (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const -1)))
    (i32.const 0)))
