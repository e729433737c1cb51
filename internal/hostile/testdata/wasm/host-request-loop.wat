;; Requests to nowhere without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "request" (func $request (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $request (i32.const 0) (i32.const 40) (i32.const 0) (i32.const 0)))
      (br $l))
    (i32.const 0))
  (data (i32.const 0) "{\22method\22:\22GET\22,\22url\22:\22http://[::1]:1\22}  "))
