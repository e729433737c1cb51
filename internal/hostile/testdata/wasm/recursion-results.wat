;; Recursion with a thousand results.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $f) (repeat 999 (drop))
    (i32.const 0))
  (func $f (repeat 999 (result i32)) (call $f)))
