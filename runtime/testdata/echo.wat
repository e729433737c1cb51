;; Copies the data item q_in to q_out, after making sure that its own memory
;; and its own global are those of a fresh instance.
(module
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "q_in")
  (data (i32.const 8) "q_out")
  (global $used (mut i32) (i32.const 0))
  (func (export "run") (result i32)
    (local $length i32)
    (if (i32.or (global.get $used) (i32.load (i32.const 1024))) (then (unreachable)))
    (global.set $used (i32.const 1))
    (local.set $length (i32.wrap_i64 (call $find_data (i32.const 0) (i32.const 4))))
    (drop (call $read_result (i32.const 1024) (local.get $length)))
    (drop (call $set_data (i32.const 8) (i32.const 5) (i32.const 1024) (local.get $length)))
    (i32.const 0)))
