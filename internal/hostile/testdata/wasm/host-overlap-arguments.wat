;; Name, value and content of a call in the same bytes.
;; outcome: timeout
(module
  (import "postern_v1" "set_files" (func $set_files (param i32 i32 i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "request" (func $request (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "[]")
  (func (export "run") (result i32) 
    (loop $l (drop (call $set_files (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 2))) (drop (call $set_data (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 2))) (drop (call $request (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 65536))) (br $l))
    (i32.const 0)))
