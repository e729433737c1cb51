;; memory.grow by every number, up and beyond, without end.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  
  (func (export "run") (result i32) (local i32)
    (loop $l (drop (memory.grow (local.tee 0 (i32.add (i32.mul (local.get 0) (i32.const 1103515245)) (i32.const 12345))))) (drop (memory.grow (i32.and (local.get 0) (i32.const 3)))) (br $l))
    (i32.const 0)))
