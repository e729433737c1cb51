;; Square roots without end.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local f64)
    (loop $l (local.set 0 (f64.sqrt (f64.add (local.get 0) (f64.const 2)))) (br $l))
    (i32.const 0)))
