;; run that calls itself through a table in the middle of calls of the host.
;; outcome: limit or timeout
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (type $t (func (result i32)))
  (memory (export "memory") 1)
  (table 1 funcref)
  (elem (i32.const 0) func $run)
  (func $run (export "run") (result i32)
    (drop (call $find_data (i32.const 0) (i32.const 5)))
    (drop (call_indirect (type $t) (i32.const 0)))
    (drop (call $log (i32.const 1) (i32.const 0) (i32.const 5)))
    (i32.const 0)))
