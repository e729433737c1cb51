;; Writes over all memory.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local i32)
    (loop $l (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (local.get 0)) (local.set 0 (i32.add (local.get 0) (i32.const 4))) (br $l))
    (i32.const 0)))
