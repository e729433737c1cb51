;; Functions of the host in a table, called with every index.
;; outcome: timeout
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "requesting_limit" (func $requesting_limit (result i32)))
  (type $t (func (param i32 i32) (result i64)))
  (memory (export "memory") 1)
  (table 10 funcref)
  (elem (i32.const 0) func $log $find_data $requesting_limit)
  (func (export "run") (result i32)
    (loop $l (drop (call_indirect (type $t) (i32.const 0) (i32.const 5) (i32.const 1))) (br $l))
    (i32.const 0)))
