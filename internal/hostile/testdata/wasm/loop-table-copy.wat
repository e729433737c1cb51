;; table.copy without end.
;; outcome: timeout
(module
  (table 262144 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (table.copy (i32.const 0) (i32.const 1) (i32.const 262143))
      (br $l))
    (i32.const 0)))
