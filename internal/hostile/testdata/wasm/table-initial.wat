;; A table of four billion entries.
;; outcome: limit
(module
  (table 4294967295 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0)))
