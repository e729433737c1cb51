;; table.grow by every number, and table.fill between.
;; outcome: timeout
(module (table $t 1 funcref) (memory (export "memory") 1) (func (export "run") (result i32) (local i32) (loop $l (drop (table.grow $t (ref.null func) (local.tee 0 (i32.add (i32.mul (local.get 0) (i32.const 1103515245)) (i32.const 12345))))) (drop (table.grow $t (ref.null func) (i32.and (local.get 0) (i32.const 0xfff)))) (table.fill $t (i32.const 0) (ref.null func) (table.size $t)) (br $l)) (i32.const 0)))
