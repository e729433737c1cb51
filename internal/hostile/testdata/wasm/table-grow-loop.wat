;; table.grow by one entry, without end.
;; outcome: ok or limit or timeout or script_error
(module
  (table 0 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l (drop (table.grow 0 (ref.null func) (i32.const 1))) (br $l))
    (i32.const 0)))
