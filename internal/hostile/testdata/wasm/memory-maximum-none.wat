;; A memory with a maximum of none, which grows.
;; outcome: timeout
(module
  (memory (export "memory") 0 0)
  
  (func (export "run") (result i32) 
    (loop $l (br_if $l (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))) (i32.store (i32.const 0) (i32.const 1))
    (i32.const 0)))
