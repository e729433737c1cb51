;; Calls of a function with a thousand results.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 10000 (block (call $f) (br 0))))
  (func $f (repeat 1000 (result i32)) (unreachable)))
