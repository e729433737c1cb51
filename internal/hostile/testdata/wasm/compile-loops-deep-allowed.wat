;; Loops nested a thousand levels.
;; outcome: ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (repeat 1000 loop) (repeat 1000 (br_if 0 (local.get 0)) end)))
