;; read_file with an offset beyond everything.
;; outcome: ok
(module
  (import "postern_v1" "read_file" (func $read_file (param i32 i32 i32 i64 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $read_file (i32.const 0) (i32.const 1) (i32.const 0) (i64.const -1) (i32.const -1)))
    (i32.const 0)))
