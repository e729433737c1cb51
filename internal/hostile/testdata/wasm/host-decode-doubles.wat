;; A text that is decoded into itself, and doubles.
;; outcome: timeout
(module
  (import "postern_v1" "decode_text" (func $decode_text (param i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (memory (export "memory") 900)
  (data (i32.const 0) "text/plain; charset=windows-1252 ")
  (func (export "run") (result i32) (local i32)
    (memory.fill (i32.const 100) (i32.const 0x80) (i32.const 100000)) (local.set 0 (i32.const 100000)) (loop $l (drop (call $decode_text (i32.const 0) (i32.const 32) (i32.const 100) (local.get 0))) (local.set 0 (call $read_result (i32.const 100) (i32.const 0x2000000))) (br $l))
    (i32.const 0)))
