;; A long row of global variables.
;; outcome: ok or timeout
(module
  (global $g (mut i32) (i32.const 0))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 10000 (global.set $g (i32.add (global.get $g) (i32.const 1))))))
