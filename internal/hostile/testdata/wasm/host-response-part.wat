;; A part of a response at an offset beyond everything.
;; outcome: ok
(module
  (import "postern_v1" "response_part" (func $response_part (param i64 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $response_part (i64.const -1) (i32.const -1)))
    (i32.const 0)))
