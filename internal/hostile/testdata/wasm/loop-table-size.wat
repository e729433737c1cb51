;; table.size and table.get without end.
;; outcome: timeout
(module
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (table.size)) (drop (ref.is_null (table.get 0 (i32.const 0))))
      (br $l))
    (i32.const 0)))
