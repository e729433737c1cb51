;; Growing memory and writing to each page.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local i32)
    (loop $l
      (local.set 0 (memory.grow (i32.const 16)))
      (memory.fill (i32.mul (local.get 0) (i32.const 65536)) (i32.const 1) (i32.const 0x100000))
      (br $l))
    (i32.const 0)))
