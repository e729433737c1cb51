;; Reading a folder into all memory.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (memory (export "memory") 1000)
  (func (export "run") (result i32)
    (drop (call $fd_readdir (i32.const 3) (i32.const 0) (i32.const 0x3e80000) (i64.const 0) (i32.const 0)))
    (i32.const 0)))
