;; Data items under ever new names.
;; outcome: timeout or limit
(module
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (local i32)
    (loop $l
      (i32.store (i32.const 0) (i32.or (i32.const 0x41414141) (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))
    (drop (call $set_data (i32.const 0) (i32.const 4) (i32.const 16) (i32.const 1)))
      (br $l))
    (i32.const 0))
  (data (i32.const 16) "1"))
