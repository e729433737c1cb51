;; Recursion of two branches, without an end.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $f)
    (i32.const 0))
  (func $f (call $f) (call $f)))
