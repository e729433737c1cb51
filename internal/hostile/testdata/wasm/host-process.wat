;; process without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "process" (func $process (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $process))
      (br $l))
    (i32.const 0)))
