;; response_body without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "response_body" (func $response_body (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $response_body))
      (br $l))
    (i32.const 0)))
