;; Two thousand loops, behind which two thousand locals are read.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (locals 2000 i32)
    (repeat 2000 (loop (br_if 0 (local.get 0))))
    (repeat 2000 (drop (local.get #)))))
