;; Traps before anything of it is called.
(module
  (func $broken unreachable)
  (start $broken)
  (func (export "run"))
)
