;; A section size of ten bytes.
;; outcome: script_error or timeout
(module binary "\00asm\01\00\00\00" "\01\80\80\80\80\80\80\80\80\80\00")
