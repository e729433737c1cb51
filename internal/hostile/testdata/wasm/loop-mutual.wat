;; Two functions in turn, each with half of a loop.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (call $f (i32.const 3))
      (br $l))
    (i32.const 0))
  (func $f (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1))))))
  (func $g (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))
