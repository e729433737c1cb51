;; Many indirect calls in a row.
;; outcome: limit
(module
  (type $t (func))
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 20000 (call_indirect (type $t) (i32.const 0)))))
