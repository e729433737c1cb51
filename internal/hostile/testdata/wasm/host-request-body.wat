;; A request with all memory as its body.
;; outcome: timeout or limit
(module
  (import "postern_v1" "request" (func $request (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 800)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $request (i32.const 0) (i32.const 41) (i32.const 64) (i32.const 0x3000000)))
      (br $l))
    (i32.const 0))
  (data (i32.const 0) "{\22method\22:\22PUT\22,\22url\22:\22http://127.0.0.1\22}"))
