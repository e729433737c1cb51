;; A request with thirty megabytes of parts.
;; outcome: timeout or limit
(module
  (import "postern_v1" "request" (func $request (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1000)
  (func (export "run") (result i32) (local i32)
    (local.set 0 (i32.const 30))
    (loop $l
      (memory.copy (i32.add (i32.const 40) (local.get 0)) (i32.const 40) (local.get 0))
      (br_if $l (i32.lt_u (local.tee 0 (i32.shl (local.get 0) (i32.const 1))) (i32.const 0x1e00000))))
    (loop $l
      (drop (call $request (i32.const 0) (i32.const 0x1e00000) (i32.const 0) (i32.const 0)))
      (br $l))
    (i32.const 0))
  (data (i32.const 0) "{\22url\22:\22http://127.0.0.1/\22,\22multipart\22:[{\22name\22:\22a\22,\22content\22:\22YQ==\22},"))
