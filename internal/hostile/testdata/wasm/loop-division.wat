;; Divisions, which are slow.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local i64)
    (loop $l (local.set 0 (i64.div_u (i64.const -1) (i64.or (local.get 0) (i64.const 3)))) (br $l))
    (i32.const 0)))
