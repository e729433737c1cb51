;; A credential of 10 KB that repeats itself is searched for in a megabyte of the same.
;; outcome: ok or timeout or limit
(module
  (import "postern_v1" "request" (func $request (param i32 i32 i32 i32) (result i64)))
  (import "postern_v1" "set_data" (func $set_data (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 32)
  (func $fill (param $at i32) (param $end i32)
    (loop $l
      (i32.store8 (local.get $at) (i32.const 97))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $at) (local.get $end)))))
  (func (export "run") (result i32)
    (call $fill (i32.const 52) (i32.const 10052))
    (i32.store8 (i32.const 10052) (i32.const 34))
    (i32.store8 (i32.const 10053) (i32.const 125))
    (drop (call $request (i32.const 0) (i32.const 10054) (i32.const 0) (i32.const 0)))
    (i32.store8 (i32.const 65536) (i32.const 34))
    (call $fill (i32.const 65537) (i32.const 1065537))
    (i32.store8 (i32.const 1065537) (i32.const 34))
    (drop (call $set_data (i32.const 60000) (i32.const 1) (i32.const 65536) (i32.const 1000002)))
    (i32.const 0))
  (data (i32.const 0) "{\22method\22:\22GET\22,\22url\22:\22http://127.0.0.1/\22,\22bearer\22:\22")
  (data (i32.const 60000) "q"))
