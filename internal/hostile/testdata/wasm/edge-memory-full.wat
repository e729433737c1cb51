;; Calls with lengths up to the last byte of a memory that has grown to its end.
;; outcome: ok or timeout
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "decode_text" (func $decode_text (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  
  (func (export "run") (result i32) 
    (block (loop $l (br_if 1 (i32.eq (memory.grow (i32.const 1)) (i32.const -1))) (br $l)))
    (drop (call $log (i32.const 1) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 5)) (i32.const 5)))(drop (call $log (i32.const 1) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 5)) (i32.const 6)))(drop (call $set_data (i32.const 0) (i32.const 1) (i32.const 0) (i32.mul (memory.size) (i32.const 65536))))(drop (call $decode_text (i32.const 0) (i32.const 1) (i32.const 0) (i32.mul (memory.size) (i32.const 65536))))
    (i32.const 0)))
