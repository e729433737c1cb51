;; Recursion that does much in each frame.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (call $f)
    (i32.const 0))
  (func $f (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x10000)) (call $f)))
