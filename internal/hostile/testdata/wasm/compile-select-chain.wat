;; A long chain of select.
;; outcome: ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (local.get 0) (repeat 20000 (local.get 0) (local.get 0) (select)) (drop)))
