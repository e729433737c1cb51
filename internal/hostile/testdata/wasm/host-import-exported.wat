;; Functions of the host that are exported as run and _start.
;; outcome: script_error or timeout
(module
  (import "postern_v1" "requesting_limit" (func $requesting_limit (result i32)))
  (memory (export "memory") 1)
  (export "run" (func $requesting_limit))
  (func (export "_start") (result i32) (i32.const 0)))
