;; run that calls itself.
;; outcome: limit or timeout
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $r))
    (i32.const 0))
  (func $r (result i32) (call $r)))
