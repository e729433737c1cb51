;; A start function that is run as well, and does not end the second time.
;; outcome: timeout
(module (global $g (mut i32) (i32.const 0)) (func $s (if (global.get $g) (then (loop $l (br $l)))) (global.set $g (i32.const 1))) (start $s) (export "run" (func $s)))
