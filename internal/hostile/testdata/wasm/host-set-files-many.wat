;; A data item of a million empty files.
;; outcome: ok or timeout
(module
  (import "postern_v1" "set_files" (func $set_files (param i32 i32 i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 400)
  (data (i32.const 0) "x   [{\22name\22:\22a\22,\22size\22:0},{\22name\22")
  (func (export "run") (result i32) (local i32)
    (memory.copy (i32.const 20) (i32.const 9) (i32.const 11)) (loop $l (memory.copy (i32.add (i32.const 27) (i32.mul (local.get 0) (i32.const 22))) (i32.const 5) (i32.const 22)) (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000000)))) (i32.store8 (i32.add (i32.const 26) (i32.mul (local.get 0) (i32.const 22))) (i32.const 93)) (i32.store8 (i32.const 4) (i32.const 91)) (drop (call $set_files (i32.const 0) (i32.const 1) (i32.const 4) (i32.add (i32.const 23) (i32.mul (local.get 0) (i32.const 22))) (i32.const 0) (i32.const 0)))
    (i32.const 0)))
