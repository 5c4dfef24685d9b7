;; A guest that is told of events: it counts them, and tells whoever asks what it was told.
(module
  (memory (export "memory") 16384 16384 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 256, host-reply area 384 + 64, depth 0, memory 16384.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\00\01\00\00" "\80\01\00\00\40\00\00\00" "\00\00\00\00\00\40\00\00")

  (func $pack (param $ptr i32) (param $len i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32)) (i64.extend_i32_u (local.get $len))))

  ;; At 512: how many, those that were dropped, microseconds of the first and of the last one. The last byte of what
  ;; `large` answers is touched, too.
  (func (export "told") (param $ptr i32) (param $len i32) (result i64)
    (i32.store offset=516 (i32.const 0)
      (i32.add (i32.load offset=516 (i32.const 0)) (i32.load16_u offset=14 (local.get $ptr))))
    (i64.store offset=528 (i32.const 0) (i64.load offset=16 (local.get $ptr)))
    (if (i32.eqz (i32.load offset=512 (i32.const 0)))
      (then (i64.store offset=520 (i32.const 0) (i64.load offset=16 (local.get $ptr)))))
    (i32.store offset=512 (i32.const 0) (i32.add (i32.load offset=512 (i32.const 0)) (i32.const 1)))
    (i32.store offset=536 (i32.const 0) (i32.sub (local.get $len) (i32.const 24)))
    (memory.copy (i32.const 640) (i32.add (local.get $ptr) (i32.const 24)) (i32.load offset=536 (i32.const 0)))
    (i32.store8 offset=8191 (i32.const 0) (i32.load offset=512 (i32.const 0)))
    (i64.const 0))

  ;; What depends on the kind of the last event.
  (func (export "last") (param i32 i32) (result i64)
    (call $pack (i32.const 640) (i32.load offset=536 (i32.const 0))))

  (func (export "hang") (param i32 i32) (result i64) (loop $again (result i64) (br $again)))

  (func (export "read") (param i32 i32) (result i64) (call $pack (i32.const 512) (i32.const 24)))

  ;; As many rounds as the request's number says, and then the same.
  (func (export "work") (param $ptr i32) (param $len i32) (result i64)
    (local $left i32)
    (local.set $left (i32.load (i32.add (local.get $ptr) (i32.const 12))))
    (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $pack (i32.const 512) (i32.const 24)))

  (func (export "large") (param i32 i32) (result i64) (call $pack (i32.const 1024) (i32.const 7168))))
