;; Temporary data that are saved and restored, ever longer.
;; outcome: timeout
(module
  (import "postern_v1" "save_temporary_data" (func $save_temporary_data (param i32 i32) (result i64)))
  (import "postern_v1" "restore_temporary_data" (func $restore_temporary_data (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (memory (export "memory") 900)
  
  (func (export "run") (result i32) (local i32)
    (loop $l (drop (call $save_temporary_data (i32.const 0) (local.get 0))) (drop (call $restore_temporary_data)) (drop (call $read_result (i32.const 0) (i32.const 0x2000000))) (local.set 0 (i32.rem_u (i32.add (local.get 0) (i32.const 100003)) (i32.const 0x2000000))) (br $l))
    (i32.const 0)))
