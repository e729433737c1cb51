;; An instruction that does not exist.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00" "\03\02\01\00" "\07\07\01\03run\00\00" "\0a\05\01\03\00\ff\0b")
