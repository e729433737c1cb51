;; memory.grow by one page until it fails, again and again.
;; outcome: ok or limit or timeout or script_error
(module
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (loop $l (drop (memory.grow (i32.const 1))) (br $l))
    (i32.const 0)))
