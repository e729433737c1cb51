;; run that returns a float.
;; outcome: script_error or timeout
(module (func (export "run") (result f64) (f64.const 1)))
