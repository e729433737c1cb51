;; An element segment of four billion entries.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\09\0a\01\00\41\00\0b\ff\ff\ff\ff\0f")
