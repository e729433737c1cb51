;; A path of all memory, again and again.
;; outcome: timeout
(module
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1000)
  (func (export "run") (result i32)
    (loop $l
      (drop (call $path_unlink_file (i32.const 3) (i32.const 0) (i32.const 0x3e80000)))
      (br $l))
    (i32.const 0)))
