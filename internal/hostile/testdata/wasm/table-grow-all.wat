;; table.grow by four billion entries.
;; outcome: script_error
(module
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (if (i32.eq (table.grow (ref.null func) (i32.const -1)) (i32.const -1)) (then (unreachable)))
    (i32.const 0)))
