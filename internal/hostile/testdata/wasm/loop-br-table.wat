;; A loop by br_table.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l (br_table $l $l $l (i32.const 1)))
    (i32.const 0)))
