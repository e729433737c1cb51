;; memory.grow between a call of the host and reading its result.
;; outcome: timeout
(module
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "server")
  (func (export "run") (result i32) 
    (loop $l (drop (call $find_data (i32.const 0) (i32.const 6))) (drop (memory.grow (i32.const 10))) (drop (call $read_result (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 20)) (i32.const 21))) (drop (call $read_result (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 20)) (i32.const 20))) (br $l))
    (i32.const 0)))
