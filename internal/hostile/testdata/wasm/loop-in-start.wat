;; A start function that does not end.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func $s (loop $l (br $l)))
  (start $s))
