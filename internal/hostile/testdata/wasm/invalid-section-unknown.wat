;; A section of an unknown kind.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\7f\01\00")
