;; A module that imports a memory.
;; outcome: script_error
(module binary "\00asm\01\00\00\00" "\02\08\01\01m\01m\02\00\01")
