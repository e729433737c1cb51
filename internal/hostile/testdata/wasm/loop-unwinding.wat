;; Calls that return through a thousand frames, again and again.
;; outcome: timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (call $f (i32.const 1000))
      (br $l))
    (i32.const 0))
  (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))
