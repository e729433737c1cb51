;; Log lines of a megabyte of bytes that are no text.
;; outcome: timeout or limit
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 17)
  (func (export "run") (result i32)
    (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 0x100000))
    (loop $l
      (drop (call $log (i32.const 1) (i32.const 0) (i32.const 0x100000)))
      (br $l))
    (i32.const 0)))
