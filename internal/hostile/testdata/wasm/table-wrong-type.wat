;; call_indirect of a function of another type.
;; outcome: script_error
(module
  (type $t (func (param i64) (result i64)))
  (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call_indirect (type $t) (i64.const 1) (i32.const 0)))
    (i32.const 0))
  (func $f (param f32))
  (elem (i32.const 0) $f))
