;; A thousand vectors of all memory each.
;; outcome: timeout or limit
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 800)
  (func (export "run") (result i32) (local i32)
    (local.set 0 (i32.const 0))
    (loop $l
      (i32.store offset=4 (local.get 0) (i32.const 0x3000000))
      (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 8))) (i32.const 8192))))
    (loop $l
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1024) (i32.const 9000)))
      (br $l))
    (i32.const 0)))
