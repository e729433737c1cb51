;; A host call while the module is initialized.
;; outcome: ok
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func $s (drop (call $log (i32.const 1) (i32.const 0) (i32.const 1))))
  (func (export "run") (result i32) (i32.const 0))
  (start $s))
