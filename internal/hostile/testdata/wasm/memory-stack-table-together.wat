;; Memory, tables and the call stack, all to their limits.
;; outcome: ok or limit or timeout or script_error
(module
  (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (memory.grow (i32.const 990))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 64000000)) (drop (table.grow 0 (ref.null func) (i32.const 262143))) (drop (table.grow 1 (ref.null func) (i32.const 262143))) (drop (table.grow 2 (ref.null func) (i32.const 262143))) (drop (table.grow 3 (ref.null func) (i32.const 262143))) (call $f)
    (i32.const 0))
  (func $f (call $f)))
