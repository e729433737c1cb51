;; A trap at the end of a recursion of a hundred thousand.
;; outcome: script_error or timeout
(module (func $f (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (unreachable))) (call $f (i32.sub (local.get 0) (i32.const 1)))) (func (export "run") (result i32) (call $f (i32.const 100000))))
