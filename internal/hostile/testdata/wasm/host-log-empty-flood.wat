;; Empty log lines of every level without end.
;; outcome: timeout
(module
  (import "postern_v1" "log" (func $log (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  
  (func (export "run") (result i32) 
    (loop $l (drop (call $log (i32.const 0) (i32.const -1) (i32.const 0))) (drop (call $log (i32.const 3) (i32.const 65536) (i32.const 0))) (br $l))
    (i32.const 0)))
