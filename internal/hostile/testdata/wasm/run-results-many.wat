;; run with parameters and many results.
;; outcome: script_error or timeout
(module (func (export "run") (param i32) (result i32 i32 i32) (i32.const 0) (i32.const 0) (i32.const 0)))
