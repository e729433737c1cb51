;; The division of the least number by -1, and remainders by zero.
;; outcome: script_error or timeout
(module (func (export "run") (result i32) (drop (i32.rem_s (i32.const 0x80000000) (i32.const -1))) (drop (i64.rem_s (i64.const 0x8000000000000000) (i64.const -1))) (i32.div_s (i32.const 0x80000000) (i32.const -1))))
