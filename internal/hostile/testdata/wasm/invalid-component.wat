;; A component instead of a module.
;; outcome: script_error
(module binary "\00asm\0d\00\01\00")
