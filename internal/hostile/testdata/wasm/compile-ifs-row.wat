;; Thirty thousand ifs in a row.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (repeat 30000 (if (local.get 0) (then)))))
