;; A loop of indirect calls.
;; outcome: timeout
(module
  (type $t (func))
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (call_indirect (type $t) (i32.const 0))
      (br $l))
    (i32.const 0))
  (func $f)
  (elem (i32.const 0) $f))
