;; A section that is longer than the module.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01\ff\ff\ff\ff\0f\00")
