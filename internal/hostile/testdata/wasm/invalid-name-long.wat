;; A function with a name of sixteen megabytes.
;; outcome: script_error or ok or limit or timeout
(module binary
  "\00asm\01\00\00\00"
  "\00\8e\c8\d0\07\04name\00\84\c8\d0\07\80\c8\d0\07" (repeat 1000000 "abcdefghijklmnop"))
