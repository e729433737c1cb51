;; Vectors that are added, a hundred thousand times in many functions.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.const 0))
  (repeat 50 (func (repeat 2000 (bytes "\fd\0c\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\10") (drop)))))
