;; A number of thirty megabytes.
;; outcome: timeout or limit
(module
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 512)
  (func (export "run") (result i32)
    (memory.fill (i32.const 16) (i32.const 0x31) (i32.const 0x1e00000))
    (loop $l
      (drop (call $set_data (i32.const 8) (i32.const 1) (i32.const 16) (i32.const 0x1e00000)))
      (br $l))
    (i32.const 0))
  (data (i32.const 8) "x"))
