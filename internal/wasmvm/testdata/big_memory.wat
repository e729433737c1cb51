;; Starts with 128 MiB.
(module
  (memory (export "memory") 2048)
  (func (export "run")))
