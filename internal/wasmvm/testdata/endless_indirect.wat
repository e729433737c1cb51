;; Recursion through a table.
(module
  (type $f (func (param i32)))
  (table 1 funcref)
  (elem (i32.const 0) $twice)
  (func $twice (param $n i32)
    (if (local.get $n)
      (then
        (call_indirect (type $f) (i32.sub (local.get $n) (i32.const 1)) (i32.const 0))
        (call_indirect (type $f) (i32.sub (local.get $n) (i32.const 1)) (i32.const 0)))))
  (func (export "run") (call $twice (i32.const 60))))
