;; A start function that takes all memory, and then loops.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func $s (drop (memory.grow (i32.const 1023))) (memory.fill (i32.const 0) (i32.const 7) (i32.const 60000000)) (loop $l (br $l)))
  (start $s))
