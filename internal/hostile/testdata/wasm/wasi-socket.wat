;; A connection is accepted on descriptor 3.
;; outcome: ok
(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (if (i32.eqz (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 0))) (then (return (i32.const 1))))
    (i32.const 0)))
