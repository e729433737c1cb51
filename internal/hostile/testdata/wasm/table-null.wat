;; call_indirect of nothing.
;; outcome: script_error
(module
  (type $t (func))
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call_indirect (type $t) (i32.const 0))
    (i32.const 0)))
