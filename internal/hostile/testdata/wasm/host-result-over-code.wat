;; A result that is read over its own request.
;; outcome: timeout
(module
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "server")
  (func (export "run") (result i32) 
    (loop $l (drop (call $find_data (i32.const 0) (i32.const 6))) (drop (call $read_result (i32.const 0) (i32.const 65536))) (drop (call $set_data (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 30))) (br $l))
    (i32.const 0)))
