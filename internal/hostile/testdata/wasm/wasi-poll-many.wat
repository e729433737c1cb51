;; A million subscriptions.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1000)
  (func (export "run") (result i32)
    (drop (call $poll_oneoff (i32.const 0) (i32.const 0x3000000) (i32.const 1000000) (i32.const 128)))
    (i32.const 0)))
