;; Arguments written beyond memory.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $args_get (i32.const -4) (i32.const -4)))
    (i32.const 0)))
