;; Three thousand ifs, each of which sets one of three thousand locals.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (locals 3000 i32)
    (repeat 3000 (if (local.get 0) (then (local.set # (i32.const 1)))))
    (repeat 3000 (drop (local.get #)))))
