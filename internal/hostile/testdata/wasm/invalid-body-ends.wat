;; A body with more ends than blocks.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00" "\03\02\01\00" "\07\07\01\03run\00\00" "\0a\07\01\05\00\0b\0b\0b\0b")
