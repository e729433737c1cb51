;; The memory under many names, and another thing as memory.
;; outcome: script_error
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory 1)
  (global $g i32 (i32.const 0))
  (export "memory" (global $g))
  (func (export "run") (result i32) (drop (call $log (i32.const 1) (i32.const 0) (i32.const 10))) (i32.const 0)))
