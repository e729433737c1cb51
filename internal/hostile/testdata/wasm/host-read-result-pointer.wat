;; read_result beyond memory.
;; outcome: ok
(module
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $read_result (i32.const -16) (i32.const 65536)))
    (i32.const 0)))
