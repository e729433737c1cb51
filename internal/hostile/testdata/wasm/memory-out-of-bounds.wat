;; A load behind the end.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (i32.load offset=65533 (i32.const 0)))
    (i32.const 0)))
