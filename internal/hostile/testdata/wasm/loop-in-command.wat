;; _start that does not end.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $l (br $l))))
