;; A number without an end.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")
