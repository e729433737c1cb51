;; Thirty megabytes of escapes.
;; outcome: timeout or limit
(module
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1000)
  (func (export "run") (result i32) (local i32)
    (local.set 0 (i32.const 10))
    (loop $l
      (memory.copy (i32.add (i32.const 16) (local.get 0)) (i32.const 16) (local.get 0))
      (br_if $l (i32.lt_u (local.tee 0 (i32.shl (local.get 0) (i32.const 1))) (i32.const 0x1e00000))))
    
    (loop $l
      (drop (call $set_data (i32.const 8) (i32.const 1) (i32.const 15) (i32.const 0x1e00000)))
      (br $l))
    (i32.const 0))
  (data (i32.const 8) "x      [\22\\u0041\22,"))
