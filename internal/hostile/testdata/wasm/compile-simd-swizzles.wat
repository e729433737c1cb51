;; Swizzles, multiplications and conversions of vectors in a loop.
;; outcome: timeout
(module (func (export "run") (result i32) (local v128) (loop $l (repeat 3000 (local.set 0 (bytes "\20\00\20\00\fd\0e\20\00\fd\95\01\20\00\fd\d5\01\fd\f8\01"))) (br $l)) (i32.const 0)))
