;; A name section with the names of locals of functions that do not exist.
;; outcome: script_error or ok or limit or timeout
(module binary
  "\00asm\01\00\00\00"
  "\00\ec\dc\2a\04name\02\e3\dc\2a\a0\8d\06" (repeat 100000 "\ff\ff\03\01\00\01a"))
