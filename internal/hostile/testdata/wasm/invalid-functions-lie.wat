;; A section of four billion functions.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\03\05\ff\ff\ff\ff\0f")
