;; A hundred thousand custom sections.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  (repeat 100000 "\00\02\01a"))
