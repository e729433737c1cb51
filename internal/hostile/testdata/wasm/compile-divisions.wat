;; A long row of divisions.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func (param i64) (repeat 12000 (drop (i64.div_s (local.get 0) (local.get 0))))))
