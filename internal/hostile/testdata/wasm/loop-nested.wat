;; Loops in loops.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $a (loop $b (loop $c (br_if $c (i32.const 0)) (br_if $b (i32.const 0)) (br $a))))
    (i32.const 0)))
