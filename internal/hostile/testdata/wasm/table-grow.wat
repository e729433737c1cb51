;; table.grow without end.
;; outcome: timeout
(module
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (table.grow (ref.null func) (i32.const 1000)))
      (br $l))
    (i32.const 0)))
