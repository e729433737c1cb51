;; A function that catches nothing: unreachable ends the task.
;; outcome: script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (unreachable)
    (i32.const 0)))
