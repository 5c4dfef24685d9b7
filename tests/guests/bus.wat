;; A guest that asks a device for two bytes, and answers with the code that came of it and with them.
(module
  (import "aingle_hal" "open" (func $open (param i32 i32 i32) (result i32)))
  (import "aingle_hal" "i2c_transaction" (func $transaction (param i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 512 512 (pagesize 1))
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 128 + 64, host-reply area 192 + 64, depth 0, memory 512.
  (data (i32.const 64)
    "AIGL\01\00\00\00" "\80\00\00\00\40\00\00\00" "\c0\00\00\00\40\00\00\00" "\00\00\00\00\00\02\00\00")
  ;; The bus's name, and at 8 a write of a byte at 0 with a read of two at 260.
  (data (i32.const 0) "\00bus")
  (data (i32.const 8) "\00\00\00\00\00\00\00\00\01\00\00\00" "\01\00\00\00\04\01\00\00\02\00\00\00")

  (func (export "ask") (param i32 i32) (result i64)
    (i32.store (i32.const 256) (call $transaction
      (call $open (i32.const 2) (i32.const 1) (i32.const 3))
      (i32.const 0x48)
      (i32.const 8)
      (i32.const 2)))
    (i64.or (i64.shl (i64.const 256) (i64.const 32)) (i64.const 6)))

  ;; It wants `bus` with address 0x48 at 400 kHz at most.
  (@custom "aingle.grants" "\01\01\03bus\02\80\80\80\80\80\80\80\80\80\80\04\80\b5\18\00"))
