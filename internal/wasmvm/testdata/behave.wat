;; A guest that does one thing: the function whose index the data item "do" has.
(module
  (import "postern_v1" "find_data" (func $find_data (param i32 i32) (result i64)))
  (import "postern_v1" "read_result" (func $read_result (param i32 i32) (result i32)))
  (import "postern_v1" "fail" (func $fail (param i32 i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "do")
  (data (i32.const 16) "the reason")
  (data (i32.const 48) "one\ntwo\r\nthree")
  (data (i32.const 64) "panic: boom\n")
  (data (i32.const 80) "etc/passwd")
  (global $count (mut i32) (i32.const 0))
  (table $behaviours 26 funcref)
  (type $behaviour (func (result i32)))
  (elem (i32.const 0)
    $return_0 $return_7 $unreachable $out_of_bounds $divide $overflow      ;; 0-5
    $exit_0 $exit_3 $exit_like_cancel $exit_like_deadline $loop $recurse   ;; 6-11
    $grow $grow_then_trap $fail_with_reason $fail_badly $fail_then_trap    ;; 12-16
    $fail_empty $print $print_panic $flood $sleep $poll_overflow           ;; 17-22
    $open_file $count_up $grow_table)                                      ;; 23-25

  (func (export "run") (result i32)
    (drop (call $find_data (i32.const 0) (i32.const 2)))
    (drop (call $read_result (i32.const 1024) (i32.const 2)))
    (if (i32.lt_u (i32.load8_u (i32.const 1025)) (i32.const 0x30))
      (then ;; one digit
        (return (call_indirect (type $behaviour) (i32.sub (i32.load8_u (i32.const 1024)) (i32.const 0x30))))))
    (call_indirect (type $behaviour)
      (i32.add
        (i32.mul (i32.sub (i32.load8_u (i32.const 1024)) (i32.const 0x30)) (i32.const 10))
        (i32.sub (i32.load8_u (i32.const 1025)) (i32.const 0x30)))))

  (func $return_0 (result i32) (i32.const 0))
  (func $return_7 (result i32) (i32.const 7))
  (func $unreachable (result i32) unreachable)
  (func $out_of_bounds (result i32) (i32.load (i32.const 0x7fffffff)))
  (func $divide (result i32) (i32.div_u (i32.const 1) (global.get $count)))
  (func $overflow (result i32) (i32.trunc_f64_s (f64.const 1e300)))
  (func $exit_0 (result i32) (call $proc_exit (i32.const 0)) (i32.const 1))
  (func $exit_3 (result i32) (call $proc_exit (i32.const 3)) (i32.const 0))
  (func $exit_like_cancel (result i32) (call $proc_exit (i32.const 0xffffffff)) (i32.const 0))
  (func $exit_like_deadline (result i32) (call $proc_exit (i32.const 0xefffffff)) (i32.const 0))
  (func $loop (result i32) (loop $again (br $again)) (i32.const 0))
  (func $recurse (result i32) (i32.add (call $recurse) (i32.const 1)))

  ;; Grows page by page until the host refuses, and returns 0 if it did.
  (func $grow (result i32)
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (i32.const 0))
  (func $grow_then_trap (result i32) (drop (call $grow)) unreachable)

  (func $fail_with_reason (result i32) (call $fail (i32.const 16) (i32.const 10)) (i32.const 0))
  (func $fail_badly (result i32) (call $fail (i32.const -1) (i32.const -1)) (i32.const 0))
  (func $fail_empty (result i32) (call $fail (i32.const 0) (i32.const 0)) (i32.const 0))
  (func $fail_then_trap (result i32) (call $fail (i32.const 16) (i32.const 10)) unreachable)

  (func $write (param $fd i32) (param $at i32) (param $n i32)
    (i32.store (i32.const 512) (local.get $at))
    (i32.store (i32.const 516) (local.get $n))
    (drop (call $fd_write (local.get $fd) (i32.const 512) (i32.const 1) (i32.const 520))))
  (func $print (result i32)
    (call $write (i32.const 1) (i32.const 48) (i32.const 14))
    (i32.const 0))
  (func $print_panic (result i32)
    (call $write (i32.const 2) (i32.const 64) (i32.const 12))
    (call $proc_exit (i32.const 2))
    (i32.const 0))
  ;; Writes lines until the host refuses.
  (func $flood (result i32)
    (loop $again
      (i32.store (i32.const 520) (i32.const 0))
      (call $write (i32.const 1) (i32.const 64) (i32.const 12))
      (br_if $again (i32.eq (i32.load (i32.const 520)) (i32.const 12))))
    (i32.const 0))

  ;; Sleeps for an hour: a subscription to the clock, its timeout at byte 24.
  (func $sleep (result i32)
    (i64.store (i32.const 1024) (i64.const 0))
    (i32.store8 (i32.const 1032) (i32.const 0))
    (i64.store (i32.const 1048) (i64.const 3600000000000))
    (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 4096)))
  ;; 48 bytes each: the product wraps around to 0.
  (func $poll_overflow (result i32)
    (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 0x10000000) (i32.const 4096)))

  (func $open_file (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (i32.const 80) (i32.const 10) (i32.const 0)
      (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 512)))

  ;; Returns 0 in an instance that nothing ran in before.
  (func $count_up (result i32)
    (i32.store8 (i32.const 4096) (i32.add (i32.load8_u (i32.const 4096)) (i32.const 1)))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.sub (i32.add (global.get $count) (i32.load8_u (i32.const 4096))) (i32.const 2)))

  ;; Returns 0 if the host refused.
  (func $grow_table (result i32)
    (i32.ne (table.grow $behaviours (ref.func $return_0) (i32.const 10000000)) (i32.const -1)))
)
