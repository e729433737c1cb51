;; A long row of conversions that may trap.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func (param f64) (repeat 12000 (drop (i32.trunc_f64_s (local.get 0))))))
