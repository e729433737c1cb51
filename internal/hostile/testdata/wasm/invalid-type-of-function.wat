;; A function of a type that does not exist.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00" "\03\06\01\ff\ff\ff\ff\0f" "\07\07\01\03run\00\00" "\0a\04\01\02\00\0b")
