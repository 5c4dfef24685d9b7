;; Gives back what it is sent, from where the host put it.
(module
  (memory (export "memory") 18 18)
  (global (export "__aingle_abi") i32 (i32.const 64))
  ;; Magic, version 1, inbox 65524 + (1 MiB + 12), so that a payload begins at 65536, no host-reply area, depth 0, memory 0.
  (data (i32.const 64) "AIGL\01\00\00\00" "\f4\ff\00\00\0c\00\10\00" "\00\00\00\00\00\00\00\00")
  (func (export "echo") (param $ptr i32) (param $len i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (i32.add (local.get $ptr) (i32.const 12))) (i64.const 32))
      (i64.extend_i32_u (i32.sub (local.get $len) (i32.const 12))))))
