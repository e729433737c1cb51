;; memory.size without end.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (memory.size))
      (br $l))
    (i32.const 0)))
