;; Shuffles of vectors in a hundred functions.
;; outcome: timeout
(module (func (export "run") (result i32) (local v128) (loop $l (repeat 3000 (local.set 0 (bytes "\20\00\20\00\fd\0d\00\1f\01\1e\02\1d\03\1c\04\1b\05\1a\06\19\07\18"))) (br $l)) (i32.const 0)))
