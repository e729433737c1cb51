;; memory.grow by 4 GiB.
;; outcome: limit or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then (unreachable)))
    (i32.const 0)))
