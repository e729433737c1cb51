;; A long row of table.set.
;; outcome: ok or limit or timeout or script_error
(module
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func (repeat 9000 (table.set (i32.const 0) (ref.null func)))))
