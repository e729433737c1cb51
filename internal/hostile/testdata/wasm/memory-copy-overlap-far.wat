;; memory.copy of all memory by one byte, back and forth.
;; outcome: timeout
(module
  (memory (export "memory") 1024)
  
  (func (export "run") (result i32) 
    (loop $l (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x3ffffff)) (memory.copy (i32.const 1) (i32.const 0) (i32.const 0x3ffffff)) (br $l))
    (i32.const 0)))
