;; A guest that shares a machine with others: it works for as long as it is told, or misbehaves.
(module
  (import "env" "panic" (func $panic (param i32 i32) (result i64)))

  (memory (export "memory") 69632 69632 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 256, host-reply area 384 + 64, depth 0, memory 69632.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\00\01\00\00" "\80\01\00\00\40\00\00\00" "\00\00\00\00\00\10\01\00")

  (func $pack (param $ptr i32) (param $len i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32)) (i64.extend_i32_u (local.get $len))))

  ;; As many rounds as the request's number says; answers what they come to.
  (func (export "work") (param $ptr i32) (param $len i32) (result i64)
    (local $left i32) (local $sum i32)
    (local.set $left (i32.load (i32.add (local.get $ptr) (i32.const 12))))
    (loop $again
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (local.get $left)))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.store offset=512 (i32.const 0) (local.get $sum))
    (call $pack (i32.const 512) (i32.const 4)))

  (func (export "hang") (param i32 i32) (result i64) (loop $again (result i64) (br $again)))
  (func (export "fill") (param i32 i32) (result i64)
    (loop $again (result i64)
      (memory.fill (i32.const 4096) (i32.const 7) (i32.const 65536))
      (br $again)))
  (func (export "crash") (param i32 i32) (result i64) (unreachable))
  (func (export "panic") (param i32 i32) (result i64) (call $panic (i32.const 0) (i32.const 0))))
