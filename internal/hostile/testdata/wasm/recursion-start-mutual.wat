;; A start function that recurses with another.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (func $s (call $t)) (func $t (call $s))
  (start $s))
