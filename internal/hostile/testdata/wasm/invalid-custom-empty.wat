;; Custom sections without a name, a million.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" (repeat 300000 "\00\01\00"))
