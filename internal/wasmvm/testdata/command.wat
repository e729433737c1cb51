;; A WASI command: it has _start and no run, and logs its name.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $args_get (i32.const 8) (i32.const 64)))
    (drop (call $log (i32.const 1)
      (i32.load (i32.const 8)) (i32.sub (i32.load (i32.const 4)) (i32.const 1)))))
)
