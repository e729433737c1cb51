;; A data segment of four billion bytes.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\0b\0b\01\00\41\00\0b\ff\ff\ff\ff\0f")
