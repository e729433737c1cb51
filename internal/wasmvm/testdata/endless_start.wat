;; Recursion in the start function, before anything is called.
(module
  (func $twice (param $n i32)
    (if (local.get $n)
      (then
        (call $twice (i32.sub (local.get $n) (i32.const 1)))
        (call $twice (i32.sub (local.get $n) (i32.const 1))))))
  (func $start (call $twice (i32.const 60)))
  (start $start)
  (func (export "run")))
