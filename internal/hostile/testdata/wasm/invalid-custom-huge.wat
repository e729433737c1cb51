;; A custom section of thirty megabytes.
;; outcome: script_error or ok or limit or timeout
(module binary
  "\00asm\01\00\00\00"
  "\00\82\87\a7\0e\01a" (repeat 1000000 "abcdefghijklmnopqrstuvwxyzabcd"))
