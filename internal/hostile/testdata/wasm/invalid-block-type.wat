;; A block of a type with a negative index, and of one beyond all.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00\03\02\01\00\0a\0a\01\08\00\02\c0\ff\7f\0b\0b\00")
