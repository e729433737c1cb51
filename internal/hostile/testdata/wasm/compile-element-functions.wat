;; A hundred thousand references to functions in segments.
;; outcome: ok or timeout
(module (table 100000 funcref) (func $f (result i32) (i32.const 0)) (elem (i32.const 0) func (repeat 100000 $f)) (func (export "run") (result i32) (i32.const 0)))
