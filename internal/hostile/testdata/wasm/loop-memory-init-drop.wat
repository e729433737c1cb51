;; data.drop and memory.init, without end.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (data "x")
  (func (export "run") (result i32)
    (loop $l (data.drop 0) (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0)) (br $l))
    (i32.const 0)))
