;; A memory whose minimum and maximum are all that there can be.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 65536 65536)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0)))
