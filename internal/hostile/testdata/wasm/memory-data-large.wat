;; A data segment of forty megabytes.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 700)
  (data (i32.const 0) (repeat 4000000 "0123456789"))
  (func (export "run") (result i32)
    (nop)
    (i32.const 0)))
