;; A br_table of many entries with many locals behind it.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (locals 2000 i32)
    (block (repeat 2000 (local.set # (i32.load (i32.const #)))) (if (local.get 0) (then (br 1))) (repeat 2000 (local.set # (i32.load (i32.const #)))) (br_table (repeat 2000 0) (local.get 0)))
    (repeat 2000 (drop (local.get #)))))
