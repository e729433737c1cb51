;; Loads and stores of vectors at the edges of memory.
;; outcome: script_error
(module (memory (export "memory") 1) (func (export "run") (result i32) (local v128) (loop $l (bytes "\41\f0\ff\03\41\f0\ff\03\fd\00\00\00\fd\0b\00\00") (bytes "\41\f1\ff\03\fd\00\00\00\1a") (br $l)) (i32.const 0)))
