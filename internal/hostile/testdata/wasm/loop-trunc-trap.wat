;; A conversion that traps.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (i32.trunc_f64_s (f64.div (f64.const 1) (f64.const 0))))
    (i32.const 0)))
