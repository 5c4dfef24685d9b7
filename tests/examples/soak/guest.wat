;; One of the soak's guests: they differ in NUMBER alone. Every entry changes what it can, so that a guest that
;; remembers gives itself away.
(module
  (import "env" "twice" (func $twice (param i32 i32) (result i64)))
  (memory (export "memory") 16384 16384 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 512, host-reply area 640 + 64, depth 0, memory 0.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\00\02\00\00" "\80\02\00\00\40\00\00\00" "\00\00\00\00\00\00\00\00")
  (global $calls (mut i32) (i32.const 0))

  ;; Calls so far, by the global and by memory: 1 in a guest that has just started.
  (func $calls (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 8192) (i32.add (i32.load (i32.const 8192)) (i32.const 1)))
    (memory.fill (i32.const 9000) (i32.const 255) (i32.const 7384))
    (i32.mul (global.get $calls) (i32.load (i32.const 8192))))

  ;; Four bytes: NUMBER times calls, and the sum of the payload's bytes.
  (func $sum (export "sum") (param $ptr i32) (param $len i32) (result i64) (local $sum i32) (local $end i32)
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (local.set $ptr (i32.add (local.get $ptr) (i32.const 12)))
    (block
      (br_if 0 (i32.ge_u (local.get $ptr) (local.get $end)))
      (loop $next
        (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $ptr))))
        (br_if $next (i32.lt_u (local.tee $ptr (i32.add (local.get $ptr) (i32.const 1))) (local.get $end)))))
    (i32.store (i32.const 8196) (i32.add (local.get $sum) (i32.mul (call $calls) (i32.const NUMBER))))
    (i64.const 0x200400000004))
  ;; The same by way of the host, which gives back twice the sum, or an error.
  (func (export "ask") (param $ptr i32) (param $len i32) (result i64)
    (drop (call $sum (local.get $ptr) (local.get $len)))
    (call $twice (i32.const 8196) (i32.const 4)))
  (func (export "crash") (param i32 i32) (result i64) (drop (call $calls)) (unreachable))
  (func (export "hang") (param i32 i32) (result i64)
    (loop $again (result i64) (drop (call $calls)) (br $again))))
