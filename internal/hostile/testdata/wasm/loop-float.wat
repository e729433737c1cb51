;; A loop of square roots and divisions by zero.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (global $g (mut f64) (f64.const 1))
  (func (export "run") (result i32)
    (loop $l (global.set $g (f64.div (f64.sqrt (global.get $g)) (f64.const 0))) (br $l))
    (i32.const 0)))
