;; A name section of four billion names.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\00\0c\04name\01\05\ff\ff\ff\ff\0f")
