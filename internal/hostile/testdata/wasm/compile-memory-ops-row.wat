;; Twenty thousand memory.grow and memory.size in a row.
;; outcome: timeout
(module (memory (export "memory") 1) (func (export "run") (result i32) (loop $l (repeat 15000 (drop (memory.grow (memory.size)))) (br $l)) (i32.const 0)))
