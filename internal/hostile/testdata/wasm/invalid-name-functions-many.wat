;; A name section that names a million functions.
;; outcome: script_error or ok or limit or timeout
(module binary
  "\00asm\01\00\00\00"
  "\00\cd\8d\b7\01\04name\01\c3\8d\b7\01\c0\84\3d" (repeat 1000000 "\00\01a"))
