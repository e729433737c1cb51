;; Sends the request in the data item q_request, and sets q_out to the body of the response,
;; which is JSON.
(module
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "request" (func $request (param i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "response_body" (func $response_body (result i64)))
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (import "postern_v1" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "q_request")
  (data (i32.const 16) "q_out")
  ;; take reads the result of a call to 1024 and returns its length; that of an error ends
  ;; the task.
  (func $take (param $result i64) (result i32)
    (local $length i32)
    (local.set $length (call $read_result (i32.const 1024) (i32.wrap_i64 (local.get $result))))
    (if (i64.ne (i64.shr_u (local.get $result) (i64.const 32)) (i64.const 0))
      (then (call $fail (i32.const 1024) (local.get $length)) (unreachable)))
    (local.get $length))
  (func (export "run") (result i32)
    (local $length i32)
    (local.set $length (call $take (call $find_data (i32.const 0) (i32.const 9))))
    (drop (call $take (call $request (i32.const 1024) (local.get $length) (i32.const 0) (i32.const 0))))
    (local.set $length (call $take (call $response_body)))
    (drop (call $take (call $set_data (i32.const 16) (i32.const 5) (i32.const 1024) (local.get $length))))
    (i32.const 0)))
