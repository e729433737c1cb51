;; Lanes that are out of range.
;; outcome: script_error or timeout
(module (func (export "run") (result i32) (local v128) (drop (bytes "\20\00\fd\15\ff")) (i32.const 0)))
