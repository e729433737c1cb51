;; A loop of calls.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (call $f)
      (br $l))
    (i32.const 0))
  (func $f))
