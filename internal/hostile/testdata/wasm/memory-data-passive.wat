;; Ten thousand passive data segments that are initialized again and again.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (repeat 10000 (data "0123456789"))
  (func (export "run") (result i32)
    (loop $l (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 10)) (br $l))
    (i32.const 0)))
