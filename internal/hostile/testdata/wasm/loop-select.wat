;; select without end.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local i32)
    (loop $l (local.set 0 (select (local.get 0) (i32.const 1) (local.get 0))) (br $l))
    (i32.const 0)))
