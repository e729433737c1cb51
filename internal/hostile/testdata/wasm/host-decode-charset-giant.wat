;; A content type with a charset of a megabyte, and parameters without end.
;; outcome: timeout
(module
  (import "postern_v1" "decode_text" (func $decode_text (param i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "encode_text" (func $encode_text (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 20)
  (data (i32.const 0) "text/plain; charset=")
  (func (export "run") (result i32) 
    (memory.fill (i32.const 20) (i32.const 59) (i32.const 1000000)) (loop $l (drop (call $decode_text (i32.const 0) (i32.const 1000000) (i32.const 0) (i32.const 20))) (drop (call $encode_text (i32.const 0) (i32.const 1000000) (i32.const 0) (i32.const 20))) (br $l))
    (i32.const 0)))
