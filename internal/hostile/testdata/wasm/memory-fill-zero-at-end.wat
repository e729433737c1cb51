;; memory.fill and memory.copy of nothing at the end, and one beyond.
;; outcome: script_error or timeout
(module (memory (export "memory") 1) (func (export "run") (result i32) (memory.fill (i32.const 65536) (i32.const 0) (i32.const 0)) (memory.copy (i32.const 65536) (i32.const 65536) (i32.const 0)) (memory.fill (i32.const 65537) (i32.const 0) (i32.const 0)) (i32.const 0)))
