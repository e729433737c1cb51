;; A load whose address overflows.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (i64.load offset=0xffffffff (i32.const -1)))
    (i32.const 0)))
