;; A log line of all memory.
;; outcome: timeout or limit or ok
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1008)
  (func (export "run") (result i32)
    (drop (call $log (i32.const 1) (i32.const 0) (i32.const 0x3f00000)))
    (i32.const 0)))
