;; Empty sections of every kind, in order.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\01\01\00" "\02\01\00" "\03\01\00" "\04\01\00" "\05\01\00" "\06\01\00" "\07\01\00" "\09\01\00" "\0a\01\00" "\0b\01\00")
