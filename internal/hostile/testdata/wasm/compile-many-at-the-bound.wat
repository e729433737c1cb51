;; The same, thirty times.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (repeat 30 (func (locals 500 i32)
    (repeat 700 (loop (br_if 0 (local.get 0))))
    (repeat 500 (drop (local.get #))))))
