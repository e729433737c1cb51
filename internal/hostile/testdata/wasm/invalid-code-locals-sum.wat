;; Locals of two runs that together exceed 32 bits.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00\03\02\01\00\0a\12\01\10\02\ff\ff\ff\ff\0f\7f\ff\ff\ff\ff\0f\7e\0b\00")
