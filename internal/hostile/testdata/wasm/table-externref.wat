;; Tables of externref that grow, are filled and read.
;; outcome: timeout
(module (table $t 1 externref) (memory (export "memory") 1) (func (export "run") (result i32) (loop $l (drop (table.grow $t (ref.null extern) (i32.const 1000))) (table.fill $t (i32.const 0) (ref.null extern) (table.size $t)) (drop (ref.is_null (table.get $t (i32.const 0)))) (br $l)) (i32.const 0)))
