;; Calls through a table of functions that call through it.
;; outcome: ok or limit or timeout or script_error
(module
  (type $t (func))
  (table 4 funcref)
  (elem (i32.const 0) $a $b $a $b)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $a)
    (i32.const 0))
  (func $a (call_indirect (type $t) (i32.const 1)))
  (func $b (call_indirect (type $t) (i32.const 2))))
