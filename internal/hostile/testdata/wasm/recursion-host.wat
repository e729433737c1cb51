;; A recursion that logs at each level.
;; outcome: ok or limit or timeout or script_error
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $f)
    (i32.const 0))
  (func $f (drop (call $log (i32.const 1) (i32.const 0) (i32.const 1))) (call $f) (nop)))
