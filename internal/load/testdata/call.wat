;; Calls the function load.wait of the embedding program.
(module
  (import "load" "wait" (func $wait (param i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "[]")
  (func (export "run") (result i32)
    (i32.wrap_i64 (i64.shr_u (call $wait (i32.const 0) (i32.const 2)) (i64.const 32)))))
