;; A number of five bytes beyond 32 bits.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\01\ff\ff\ff\ff\7f\00")
