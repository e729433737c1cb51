;; A long row of vector constants.
;; outcome: ok or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 0))
  (func (repeat 5000 (bytes "\fd\0c\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\10") (drop))))
