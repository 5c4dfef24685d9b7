;; A guest with the record `__aingle_abi`: one entry for each thing that a guest may do well or badly.
(module
  (import "env" "echo" (func $echo (param i32 i32) (result i64)))
  (import "env" "fail" (func $fail (param i32 i32) (result i64)))
  (import "env" "large" (func $large (param i32 i32) (result i64)))
  (import "env" "stop" (func $stop (param i32 i32) (result i64)))

  (memory (export "memory") 4096 4096 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 256, host-reply area 384 + 64, depth 0, memory 4096.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\00\01\00\00" "\80\01\00\00\40\00\00\00" "\00\00\00\00\00\10\00\00")
  (global $count (mut i32) (i32.const 0))

  (func $pack (param $ptr i32) (param $len i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32)) (i64.extend_i32_u (local.get $len))))

  ;; Room for what is larger than the inbox.
  (func (export "__aingle_guest_allocate") (param $len i32) (result i32)
    (select (i32.const 1024) (i32.const 0) (i32.le_u (local.get $len) (i32.const 2048))))

  (func $payload (export "echo") (param $ptr i32) (param $len i32) (result i64)
    (if (result i64) (local.get $len)
      (then (call $pack (i32.add (local.get $ptr) (i32.const 12)) (i32.sub (local.get $len) (i32.const 12))))
      (else (i64.const 0))))
  (func (export "refuse") (param i32 i32) (result i64)
    (i64.or (call $payload (local.get 0) (local.get 1)) (i64.const 0x8000000000000000)))
  (func (export "refuse_without_words") (param i32 i32) (result i64) (i64.const 0x8000000000000000))
  (func (export "header") (param i32 i32) (result i64) (call $pack (local.get 0) (i32.const 12)))
  (func (export "count") (param i32 i32) (result i64)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.store8 offset=512 (i32.const 0) (global.get $count))
    (call $pack (i32.const 512) (i32.const 1)))
  (func (export "not_an_entry") (param i32) (result i32) (local.get 0))

  ;; Host calls.
  (func (export "ask") (param i32 i32) (result i64)
    (call $echo (i32.add (local.get 0) (i32.const 12)) (i32.sub (local.get 1) (i32.const 12))))
  (func (export "ask_fail") (param i32 i32) (result i64) (call $fail (i32.const 0) (i32.const 0)))
  (func (export "ask_large") (param i32 i32) (result i64) (call $large (i32.const 0) (i32.const 0)))
  (func (export "ask_stop") (param i32 i32) (result i64) (call $stop (i32.const 0) (i32.const 0)))
  (func (export "ask_end") (param i32 i32) (result i64) (call $echo (i32.const 4090) (i32.const 6)))
  (func (export "ask_past_end") (param i32 i32) (result i64) (call $echo (i32.const 4090) (i32.const 7)))
  (func (export "ask_wrapping") (param i32 i32) (result i64) (call $echo (i32.const -1) (i32.const -1)))
  (func (export "ask_nothing_far_away") (param i32 i32) (result i64) (call $echo (i32.const -16) (i32.const 0)))
  (func (export "ask_overlapping") (param i32 i32) (result i64) (call $echo (i32.const 380) (i32.const 8)))
  (func (export "ask_for_ever") (param i32 i32) (result i64)
    (loop $again (result i64)
      (drop (call $echo (i32.const 512) (i32.const 8)))
      (br $again)))
  ;; Three requests, of one, two and three bytes.
  (func (export "ask_thrice") (param i32 i32) (result i64)
    (drop (call $echo (i32.const 512) (i32.const 1)))
    (drop (call $echo (i32.const 512) (i32.const 2)))
    (call $echo (i32.const 512) (i32.const 3)))

  ;; Answers that are not in memory.
  (func (export "answer_end") (param i32 i32) (result i64) (call $pack (i32.const 4090) (i32.const 6)))
  (func (export "answer_past_end") (param i32 i32) (result i64) (call $pack (i32.const 4090) (i32.const 7)))
  (func (export "answer_far_away") (param i32 i32) (result i64) (i64.const 0x7fffffffffffffff))

  ;; Runs that never end.
  (func (export "hang") (param i32 i32) (result i64) (loop $again (result i64) (br $again)))
  (func (export "fill_for_ever") (param i32 i32) (result i64)
    (loop $again (result i64)
      (memory.fill (i32.const 512) (i32.const 7) (i32.const 2048))
      (br $again)))
  (func $ask_and_recurse (export "ask_and_recurse") (param i32 i32) (result i64)
    (drop (call $echo (i32.const 512) (i32.const 8)))
    (i64.add (call $ask_and_recurse (local.get 1) (local.get 0)) (i64.const 1)))
  (func (export "crash") (param i32 i32) (result i64) (unreachable))
  (func $recurse (export "recurse") (param i32 i32) (result i64)
    (i64.add (call $recurse (local.get 1) (local.get 0)) (i64.const 1))))
