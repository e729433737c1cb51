;; find_data without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $find_data (i32.const 0) (i32.const 6)))
      (br $l))
    (i32.const 0))
  (data (i32.const 0) "server"))
