;; Conversions of NaN, infinities and numbers just too large.
;; outcome: script_error or timeout
(module (func (export "run") (result i32) (drop (bytes "\44\00\00\00\00\00\00\f8\7f\fc\02")) (drop (bytes "\44\00\00\00\00\00\00\f0\7f\fc\07")) (i32.trunc_f64_s (f64.const 2147483648))))
