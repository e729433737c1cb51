;; One byte in each page of a memory that begins with all that is allowed.
;; outcome: timeout
(module
  (memory (export "memory") 1024 1024)
  
  (func (export "run") (result i32) (local i32)
    (loop $o (local.set 0 (i32.const 0)) (loop $l (i32.store8 (i32.mul (local.get 0) (i32.const 4096)) (i32.const 1)) (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 16384)))) (br $o))
    (i32.const 0)))
