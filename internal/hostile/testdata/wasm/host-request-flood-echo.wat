;; Requests with a body of all memory to a server, at the deadline.
;; outcome: timeout
(module
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (import "postern_v1" "request" (func $request (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 600)
  (data (i32.const 0) "{\22url\22:")(data (i32.const 100) "server")
  (func (export "run") (result i32) (local i32)
    (drop (call $find_data (i32.const 100) (i32.const 6)))
    (local.set 0 (call $read_result (i32.const 7) (i32.const 90)))
    (i64.store (i32.add (i32.const 6) (local.get 0)) (i64.const 0x227d6f6863652f)) 
    (loop $l (drop (call $request (i32.const 0) (i32.add (i32.const 12) (local.get 0)) (i32.const 0) (i32.const 0x1000000))) (br $l))
    (i32.const 0)))
