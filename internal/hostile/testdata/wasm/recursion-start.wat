;; A start function that recurses.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func $s (call $s))
  (start $s))
