;; data_items without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "data_items" (func $data_items (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $data_items))
      (br $l))
    (i32.const 0)))
