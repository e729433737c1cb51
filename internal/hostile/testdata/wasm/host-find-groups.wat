;; find_groups with thirty megabytes, without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "find_groups" (func $find_groups (param i32 i32) (result i64)))
  (memory (export "memory") 512)
  (func (export "run") (result i32)
    (memory.fill (i32.const 0) (i32.const 0x5b) (i32.const 0x1e00000))
    (loop $l
      (drop (call $find_groups (i32.const 0) (i32.const 0x1e00000)))
      (br $l))
    (i32.const 0)))
