;; Twenty thousand different constants of floats that live at once.
;; outcome: script_error or timeout
(module (func (export "run") (result i32) (repeat 8000 (f64.const #.5)) (repeat 7999 (f64.add)) (i32.trunc_f64_s)))
