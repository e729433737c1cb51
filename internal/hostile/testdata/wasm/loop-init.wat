;; memory.init of a passive segment without end.
;; outcome: timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 4))
      (br $l))
    (i32.const 0))
  (data "abcd"))
