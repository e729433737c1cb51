;; Space for a file of the largest size.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "fd_allocate" (func $fd_allocate (param i32 i64 i64) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $fd_allocate (i32.const 1) (i64.const 0) (i64.const -1)))
    (i32.const 0)))
