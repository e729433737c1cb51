;; Thirty megabytes of a charset that expands, without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "decode_text" (func $decode_text (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 512)
  (func (export "run") (result i32)
    (memory.fill (i32.const 64) (i32.const 0x80) (i32.const 0x1e00000))
    (loop $l
      (drop (call $decode_text (i32.const 0) (i32.const 32) (i32.const 64) (i32.const 0x1e00000)))
      (br $l))
    (i32.const 0))
  (data (i32.const 0) "text/plain; charset=windows-1252"))
