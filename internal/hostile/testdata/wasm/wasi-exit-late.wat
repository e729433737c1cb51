;; exit after the deadline with success.
;; outcome: timeout
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32) ))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local i32)
    (loop $l (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 0))))
    (loop $l (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 0))))
    (call $proc_exit (i32.const 0))
    (i32.const 0)))
