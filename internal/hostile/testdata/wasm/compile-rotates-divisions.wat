;; Rotations, divisions and remainders of 64 bits in a row.
;; outcome: timeout
(module (func (export "run") (result i32) (local i64) (local.set 0 (i64.const 7)) (loop $l (repeat 5000 (local.set 0 (i64.rotl (i64.rem_s (i64.div_u (i64.const -1) (i64.or (local.get 0) (i64.const 1))) (i64.const 0x7fffffffffffffff)) (local.get 0)))) (br $l)) (i32.const 0)))
