;; A global that begins with itself.
;; outcome: script_error
(module binary
  "\00asm\01\00\00\00"
  "\06\06\01\7f\00\23\00\0b")
