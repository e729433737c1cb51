;; memory.copy of half of the memory to the other half, without end.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (memory.grow (i32.const 1000))) (loop $l (memory.copy (i32.const 0) (i32.const 32000000) (i32.const 32000000)) (br $l))
    (i32.const 0)))
