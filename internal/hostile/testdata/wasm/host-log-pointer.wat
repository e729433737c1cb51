;; A log line at the end of the address space.
;; outcome: ok
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $log (i32.const 1) (i32.const -1) (i32.const -1)))
    (i32.const 0)))
