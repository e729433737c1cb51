;; Long rows of stores in a hundred functions.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (repeat 100 (func (repeat 1500 (i64.store (i32.const 0) (i64.const -1))))))
