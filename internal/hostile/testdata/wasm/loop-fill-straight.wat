;; Five thousand memory.fill without a loop.
;; outcome: timeout
(module
  (memory (export "memory") 768)
  (func (export "run") (result i32)
    (repeat 5000 (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x3000000)))
    (i32.const 0)))
