;; A number that is followed by nothing.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\01")
