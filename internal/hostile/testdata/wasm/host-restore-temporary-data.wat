;; restore_temporary_data without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "restore_temporary_data" (func $restore_temporary_data (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $restore_temporary_data))
      (br $l))
    (i32.const 0)))
