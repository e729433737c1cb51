;; read_result without end.
;; outcome: timeout
(module
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $read_result (i32.const 0) (i32.const 65536)))
      (br $l))
    (i32.const 0)))
