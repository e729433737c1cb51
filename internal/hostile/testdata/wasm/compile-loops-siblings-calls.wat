;; Loops with calls, many in a row.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func $f) (func (param i32) (repeat 3000 (loop (call $f) (br_if 0 (local.get 0))))))
