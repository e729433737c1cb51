;; A data count of four billion, and no data.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\0c\05\ff\ff\ff\ff\0f")
