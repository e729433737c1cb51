;; Numbers that are padded with zeros.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\01\84\80\80\80\00\01\60\00\00")
