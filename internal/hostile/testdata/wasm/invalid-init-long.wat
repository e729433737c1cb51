;; A global whose initializer is a megabyte of constants.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\06\ea\84\3d\01\7f\00" (repeat 500000 "\41\00") "\0b")
