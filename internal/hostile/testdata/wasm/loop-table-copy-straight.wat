;; A thousand table.copy without a loop.
;; outcome: timeout or ok
(module
  (table 262144 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (repeat 1000 (table.copy (i32.const 0) (i32.const 1) (i32.const 262143)))
    (i32.const 0)))
