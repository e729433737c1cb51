;; A section of four billion types.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01\05\ff\ff\ff\ff\0f")
