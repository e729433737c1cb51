;; Random bytes for all memory, without end.
;; outcome: timeout
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1000)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $random_get (i32.const 0) (i32.const 0x3e80000)))
      (br $l))
    (i32.const 0)))
