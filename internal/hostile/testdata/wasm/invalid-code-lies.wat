;; A section of four billion bodies.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\0a\05\ff\ff\ff\ff\0f")
