;; start_process without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "start_process" (func $start_process (param i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $start_process (i32.const 1)))
      (br $l))
    (i32.const 0)))
