;; Log lines as long as a memory that grows.
;; outcome: ok or limit or timeout or script_error
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l (drop (memory.grow (i32.const 10))) (drop (call $log (i32.const 1) (i32.const 0) (i32.mul (memory.size) (i32.const 65536)))) (br $l))
    (i32.const 0)))
