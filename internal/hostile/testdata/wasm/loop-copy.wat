;; memory.copy of all memory without end.
;; outcome: timeout
(module
  (memory (export "memory") 768)
  (func (export "run") (result i32)
    (loop $l
      (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x2ffffff))
      (br $l))
    (i32.const 0)))
