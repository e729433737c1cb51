;; A memory of 64 bits.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\05\03\01\04\01")
