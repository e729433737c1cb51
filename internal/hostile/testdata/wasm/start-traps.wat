;; A start function that traps.
;; outcome: script_error or timeout
(module (func $s (unreachable)) (start $s) (func (export "run") (result i32) (i32.const 0)))
