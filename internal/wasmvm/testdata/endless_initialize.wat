;; Recursion in _initialize.
(module
  (func $twice (param $n i32)
    (if (local.get $n)
      (then
        (call $twice (i32.sub (local.get $n) (i32.const 1)))
        (call $twice (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "_initialize") (call $twice (i32.const 60)))
  (func (export "run")))
