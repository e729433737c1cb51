;; A loop that counts to 2^64.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local i64)
    (loop $l (local.set 0 (i64.add (local.get 0) (i64.const 1))) (br_if $l (i64.ne (local.get 0) (i64.const 0))))
    (i32.const 0)))
