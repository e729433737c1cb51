;; Results that are read before, between and after calls that give none.
;; outcome: timeout
(module
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (import "postern_v1" "fail" (func $fail (param i32 i32)))
  (import "postern_v1" "requesting_limit" (func $requesting_limit (result i32)))
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "response_body" (func $response_body (result i64)))
  (memory (export "memory") 1)
  
  (func (export "run") (result i32) 
    (loop $l (drop (call $read_result (i32.const 0) (i32.const 100))) (call $fail (i32.const 0) (i32.const 3)) (drop (call $requesting_limit)) (drop (call $read_result (i32.const 0) (i32.const 0))) (drop (call $find_data (i32.const 0) (i32.const 3))) (drop (call $response_body)) (drop (call $read_result (i32.const 65535) (i32.const 1))) (drop (call $read_result (i32.const 65535) (i32.const 2))) (br $l))
    (i32.const 0)))
