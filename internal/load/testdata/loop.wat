;; Calls the function load.arrive of the embedding program, then never ends.
(module
  (import "load" "arrive" (func $arrive (param i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "[]")
  (func (export "run")
    (drop (call $arrive (i32.const 0) (i32.const 2)))
    (loop $again (br $again))))
