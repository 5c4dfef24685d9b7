;; A guest that is told of a pin's edges: it counts those to high and those that were dropped, and each time tries a pin that
;; it was not granted. For those to low it names an entry that it has not.
(module
  (import "env" "panic" (func $panic (param i32 i32) (result i64)))
  (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))

  (memory (export "memory") 1024 1024 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 256, host-reply area 384 + 64, depth 0, memory 1024.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\00\01\00\00" "\80\01\00\00\40\00\00\00" "\00\00\00\00\00\04\00\00")
  (data (i32.const 0) "led")

  (func (export "told") (param $ptr i32) (param i32) (result i64)
    (drop (call $open (i32.const 0) (i32.const 0) (i32.const 3)))
    (i32.store offset=512 (i32.const 0) (i32.add (i32.load offset=512 (i32.const 0)) (i32.const 1)))
    (i32.store offset=516 (i32.const 0)
      (i32.add (i32.load offset=516 (i32.const 0)) (i32.load16_u offset=14 (local.get $ptr))))
    (i64.const 0))

  (func (export "hang") (param i32 i32) (result i64) (loop $again (result i64) (br $again)))

  (func (export "read") (param i32 i32) (result i64)
    (i64.or (i64.shl (i64.const 512) (i64.const 32)) (i64.const 8)))

  (func (export "panic") (param i32 i32) (result i64) (call $panic (i32.const 0) (i32.const 0)))

  ;; It wants the input `key`, and 10,000 units of fuel for each edge.
  (@custom "aingle.grants" "\01\01\03key\01\00")
  (@custom "aingle.events" "\01\02\01\03key\00\04told\90\4e\01\03key\01\07nowhere\90\4e\08"))
