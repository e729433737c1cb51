;; Fills 48 MiB on the way back from each of 10,000 levels.
(module
  (memory 768)
  (func $deep (param $n i32)
    (if (local.get $n)
      (then
        (call $deep (i32.sub (local.get $n) (i32.const 1)))
        (memory.fill (i32.const 0) (local.get $n) (i32.const 0x3000000)))))
  (func (export "run") (call $deep (i32.const 10000))))
