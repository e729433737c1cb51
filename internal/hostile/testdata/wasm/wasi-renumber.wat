;; A descriptor is given the number four billion.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $fd_renumber (i32.const 1) (i32.const -2)))
    (i32.const 0)))
