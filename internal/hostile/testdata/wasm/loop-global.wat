;; A global variable that is counted up.
;; outcome: timeout
(module
  (global $g (mut i64) (i64.const 0))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l (global.set $g (i64.add (global.get $g) (i64.const 1))) (br $l))
    (i32.const 0)))
