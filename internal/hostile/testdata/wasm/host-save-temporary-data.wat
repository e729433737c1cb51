;; save_temporary_data with thirty megabytes, without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "save_temporary_data" (func $save_temporary_data (param i32 i32) (result i64)))
  (memory (export "memory") 512)
  (func (export "run") (result i32)
    (memory.fill (i32.const 0) (i32.const 0x5b) (i32.const 0x1e00000))
    (loop $l
      (drop (call $save_temporary_data (i32.const 0) (i32.const 0x1e00000)))
      (br $l))
    (i32.const 0)))
