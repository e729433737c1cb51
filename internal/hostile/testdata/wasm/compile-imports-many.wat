;; Twenty thousand imports.
;; outcome: limit
(module
  (repeat 20000 (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32))))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0)))
