;; Subscriptions beyond memory.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $poll_oneoff (i32.const -16) (i32.const -16) (i32.const 1000) (i32.const -1)))
    (i32.const 0)))
