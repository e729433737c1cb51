;; As many loops and locals as are allowed.
;; outcome: ok or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (locals 300 i32)
    (repeat 700 (loop (br_if 0 (local.get 0))))
    (repeat 300 (drop (local.get #)))))
