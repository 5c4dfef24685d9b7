;; Ends in every way that a guest can.
(module
  (import "env" "panic" (func $panic (param i32 i32) (result i64)))
  (memory (export "memory") 1 1)
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 256, host-reply area 384 + 64, depth 0, memory 0.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\00\01\00\00" "\80\01\00\00\40\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; The request, behind the header of its envelope.
  (func (export "echo") (param i32 i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (i32.add (local.get 0) (i32.const 12))) (i64.const 32))
      (i64.extend_i32_u (i32.sub (local.get 1) (i32.const 12)))))
  (func (export "fail") (param i32 i32) (result i64) (unreachable))
  ;; One byte past the end of memory.
  (func (export "lie") (param i32 i32) (result i64) (i64.const 0x1000000000001))
  (func (export "panic") (param i32 i32) (result i64) (call $panic (i32.const 0) (i32.const 0)))
  (func (export "spin") (param i32 i32) (result i64) (loop $again (result i64) (br $again)))
  (func (export "hang") (loop (br 0))))
