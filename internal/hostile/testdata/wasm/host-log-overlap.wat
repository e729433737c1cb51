;; Log lines that begin in memory and end beyond it.
;; outcome: ok or limit or timeout or script_error
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l (drop (call $log (i32.const 1) (i32.const 65535) (i32.const 2))) (br $l))
    (i32.const 0)))
