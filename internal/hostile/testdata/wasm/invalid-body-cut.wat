;; A body that ends in an instruction.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00" "\03\02\01\00" "\07\07\01\03run\00\00" "\0a\05\01\03\00\41\80")
