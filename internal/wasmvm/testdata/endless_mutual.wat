;; Two functions that call each other twice, 60 levels deep.
(module
  (func $even (param $n i32)
    (if (local.get $n)
      (then
        (call $odd (i32.sub (local.get $n) (i32.const 1)))
        (call $odd (i32.sub (local.get $n) (i32.const 1))))))
  (func $odd (param $n i32)
    (if (local.get $n)
      (then
        (call $even (i32.sub (local.get $n) (i32.const 1)))
        (call $even (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "run") (call $even (i32.const 60))))
