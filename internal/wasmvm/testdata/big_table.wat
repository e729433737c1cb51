(module
  (table 1000000 funcref)
  (func (export "run")))
