;; table.fill of a whole table, without end.
;; outcome: ok or limit or timeout or script_error
(module
  (table 262144 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l (table.fill 0 (i32.const 0) (ref.null func) (i32.const 262144)) (br $l))
    (i32.const 0)))
