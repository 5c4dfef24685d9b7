;; A guest like the predecessor's, whose allocator, which its host asks for room for a reply, drives a pin or waits.
(module
  (import "env" "__aingle_time" (func $time (param i32 i32) (result i64)))
  (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
  (import "aingle_hal" "pin_set" (func $pin_set (param i32 i32) (result i32)))
  (import "aingle_hal" "delay" (func $delay (param i32 i32 i32) (result i32)))

  (memory (export "memory") 512 512 (pagesize 1))
  (data (i32.const 0) "part")
  (global $waits (mut i32) (i32.const 0))

  (func (export "__aingle_guest_allocate") (param i32) (result i32)
    (if (global.get $waits)
      (then (drop (call $delay (i32.const 1) (i32.const 9) (i32.const 0))))
      (else (drop (call $pin_set (i32.const 0) (i32.const 1)))))
    (i32.const 64))

  (func (export "open") (result i32)
    (drop (call $open (i32.const 0) (i32.const 0) (i32.const 4)))
    (call $open (i32.const 4) (i32.const 0) (i32.const 4)))
  (func (export "pin_set") (result i64) (call $time (i32.const 0) (i32.const 0)))
  (func (export "delay") (result i64)
    (global.set $waits (i32.const 1))
    (call $time (i32.const 0) (i32.const 0)))

  ;; It wants a `part` that it drives, and one that waits 100 us.
  (@custom "aingle.grants" "\01\02" "\04part\00" "\04part\04\64" "\00"))
