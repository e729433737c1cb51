;; Folders that are open, which there must not be.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (if (i32.eqz (call $fd_prestat_get (i32.const 3) (i32.const 0))) (then (return (i32.const 1))))
    (i32.const 0)))
