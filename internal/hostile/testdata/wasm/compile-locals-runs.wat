;; A function whose locals are declared in many runs of none.
;; outcome: ok
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 50000 (locals 0 i32))))
