;; Hands its request to a host function, and remembers what it can.
(module
  (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))
  (import "env" "divide" (func $divide (param i32 i32) (result i64)))
  (import "env" "tally" (func $tally (param i32 i32) (result i64)))
  (import "env" "panic" (func $panic (param i32 i32) (result i64)))
  (import "env" "again" (func $again (param i32 i32) (result i64)))

  (memory (export "memory") 4096 4096 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 256, host-reply area 384 + 64, depth 0, memory 4096.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\00\01\00\00" "\80\01\00\00\40\00\00\00" "\00\00\00\00\00\10\00\00")
  (global $count (export "__aingle_global_1") (mut i32) (i32.const 0))

  ;; The payload behind the header of a local envelope.
  (func $ptr (param i32 i32) (result i32) (i32.add (local.get 0) (i32.const 12)))
  (func $len (param i32 i32) (result i32) (i32.sub (local.get 1) (i32.const 12)))

  (func (export "log") (param i32 i32) (result i64)
    (call $log (call $ptr (local.get 0) (local.get 1)) (call $len (local.get 0) (local.get 1))))
  (func (export "divide") (param i32 i32) (result i64)
    (call $divide (call $ptr (local.get 0) (local.get 1)) (call $len (local.get 0) (local.get 1))))
  (func (export "tally") (param i32 i32) (result i64)
    (call $tally (call $ptr (local.get 0) (local.get 1)) (call $len (local.get 0) (local.get 1))))
  (func (export "panic") (param i32 i32) (result i64) (call $panic (i32.const 0) (i32.const 0)))
  (func (export "again") (param i32 i32) (result i64) (call $again (i32.const 0) (i32.const 0)))

  ;; One byte: how often this was called, by a global and by memory.
  (func (export "count") (param i32 i32) (result i64)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.store8 (i32.const 512) (i32.add (i32.load8_u (i32.const 512)) (i32.const 1)))
    (i32.store8 (i32.const 513) (i32.mul (i32.load8_u (i32.const 512)) (global.get $count)))
    (i64.const 0x20100000001))
  (func (export "crash") (param i32 i32) (result i64)
    (global.set $count (i32.const 100)) (i32.store8 (i32.const 512) (i32.const 100)) (unreachable))
  (func (export "hang") (param i32 i32) (result i64) (loop $again (result i64) (br $again))))
