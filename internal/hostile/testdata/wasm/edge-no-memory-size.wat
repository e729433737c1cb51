;; Calls of a module whose memory has no page.
;; outcome: ok or timeout
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (memory (export "memory") 0)
  
  (func (export "run") (result i32) 
    (drop (call $log (i32.const 1) (i32.const 0) (i32.const 0)))(drop (call $log (i32.const 1) (i32.const 0) (i32.const 1)))(drop (call $find_data (i32.const 0) (i32.const 0)))(drop (call $read_result (i32.const 0) (i32.const 1)))
    (i32.const 0)))
