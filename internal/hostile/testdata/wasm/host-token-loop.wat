;; Tokens of a connection that there is not, without end.
;; outcome: timeout or limit
(module
  (import "postern_v1" "get_oauth2_token" (func $get_oauth2_token (param i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $get_oauth2_token (i32.const 0) (i32.const 3)))
      (br $l))
    (i32.const 0))
  (data (i32.const 0) "crm"))
