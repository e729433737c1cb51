;; A name section in a name section, cut off.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\00\0a\04name\01\ff\ff\ff\0f")
