;; An import whose names are longer than the module.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\02\0a\01\ff\ff\ff\ff\07abc")
