;; A table that is filled with a function and called at each place.
;; outcome: limit or timeout
(module (type $t (func (param i32) (result i32))) (table $t 262144 funcref) (elem (i32.const 0) func $f) (memory (export "memory") 1) (func $f (param i32) (result i32) (call_indirect (type $t) (i32.add (local.get 0) (i32.const 1)) (i32.and (local.get 0) (i32.const 262143)))) (func (export "run") (result i32) (table.fill $t (i32.const 0) (ref.func $f) (i32.const 262144)) (call $f (i32.const 0))))
