;; memory.init beyond the segment.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 100))
    (i32.const 0))
  (data "abcd"))
