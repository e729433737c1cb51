;; call_indirect outside of the table.
;; outcome: script_error
(module
  (type $t (func))
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call_indirect (type $t) (i32.const -1))
    (i32.const 0)))
