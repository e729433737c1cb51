;; A content type of thirty megabytes.
;; outcome: timeout or limit or ok
(module
  (import "postern_v1" "decode_text" (func $decode_text (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 512)
  (func (export "run") (result i32)
    (memory.fill (i32.const 64) (i32.const 0x3b) (i32.const 0x1e00000))
    (loop $l
      (drop (call $decode_text (i32.const 64) (i32.const 0x1e00000) (i32.const 0) (i32.const 16)))
      (br $l))
    (i32.const 0)))
