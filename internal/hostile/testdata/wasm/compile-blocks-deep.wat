;; Blocks nested fifty thousand levels.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 50000 block) (repeat 50000 end)))
