;; Nested blocks with a branch out of each.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (repeat 20000 block) (repeat 20000 (br_if 0 (local.get 0)) end)))
