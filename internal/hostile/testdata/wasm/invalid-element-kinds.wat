;; An element segment of every flag with nothing behind.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\04\04\01\70\00\01\09\05\01\07\70\ff\ff")
