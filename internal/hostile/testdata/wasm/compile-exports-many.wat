;; A hundred and twenty thousand exports.
;; outcome: limit
(module
  (memory (export "memory") 1)
  (func $f (export "run") (result i32) (i32.const 0))
  (repeat 120000 (export "#" (func $f))))
