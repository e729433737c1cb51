;; The smallest task.
(module (func (export "run")))
