;; fail without end.
;; outcome: timeout
(module
  (import "postern_v1" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (call $fail (i32.const 0) (i32.const 65536))
      (br $l))
    (i32.const 0)))
