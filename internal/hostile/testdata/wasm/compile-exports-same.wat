;; The same export twice.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func $f (export "run") (result i32) (i32.const 0))
  (export "x" (func $f))
  (export "x" (func $f)))
