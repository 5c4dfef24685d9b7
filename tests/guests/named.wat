;; A guest whose mutable globals are exported by their names, as `aingle-wasm build` leaves one.
(module
  (memory (export "memory") 4096 4096 (pagesize 1))
  (data (i32.const 8) "start")
  (table 2 funcref)
  (elem (i32.const 0) $first)
  (func $first (result i32) (i32.const 11))
  (global $constant i32 (i32.const 5))
  (global $count (export "__aingle_global_1") (mut i32) (i32.const 7))
  (global $float (export "__aingle_global_2") (export "float") (mut f64) (f64.const -0.5))

  ;; Changes all that there is: each global, the data, and memory from its first byte to its last.
  (func (export "change") (result i32)
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 4096))
    (global.set $float (f64.mul (global.get $float) (f64.const 3)))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "count") (result i32) (global.get $count))
  (func (export "float_of") (result f64) (global.get $float))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "indirect") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
  (func (export "change_and_crash") (global.set $count (i32.const 1000)) (i32.store (i32.const 8) (i32.const 0))
    (unreachable)))
