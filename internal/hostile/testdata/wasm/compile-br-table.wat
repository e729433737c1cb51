;; A br_table of two hundred thousand entries.
;; outcome: ok or limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (param i32) (block (br_table (repeat 200000 0) (local.get 0)))))
