;; Output to a descriptor that is not open.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $fd_write (i32.const 77) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.const 0)))
