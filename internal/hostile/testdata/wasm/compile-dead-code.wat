;; Code that is never reached, in many blocks.
;; outcome: limit or ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (unreachable) (repeat 60000 block) (repeat 60000 end)))
