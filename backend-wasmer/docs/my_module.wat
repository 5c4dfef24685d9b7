;; What the predecessor's quick start calls: `my_function` gives back its input, in the version 1 envelope in which
;; the predecessor's hosts send it.
(module
  (import "env" "__my_host_fn" (func (param i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "my_function") (param $ptr i32) (param $len i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32))
      (i64.extend_i32_u (local.get $len)))))
