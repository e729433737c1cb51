;; A custom section whose name is longer than it.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\00\05\ff\ff\ff\ff\0f")
