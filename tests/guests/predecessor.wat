;; A guest without a record, as the predecessor's SDK makes them: version 1 envelopes both ways, an arena, and
;; an allocator that can be told to lie.
(module
  (import "env" "echo" (func $echo (param i32 i32) (result i64)))

  (memory (export "memory") 4096 4096 (pagesize 1))
  (global $top (mut i32) (i32.const 1024))
  (global $lie (mut i32) (i32.const 0))
  (global $request (mut i32) (i32.const 0))

  (func $pack (param $ptr i32) (param $len i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32)) (i64.extend_i32_u (local.get $len))))

  ;; Lie 6 is none: the allocator does its work, and changes the request that the host is about to read.
  (func $allocate (export "__aingle_guest_allocate") (param $len i32) (result i32) (local $ptr i32)
    (block $truth
      (block $hang
        (block $reenter
          (block $overlapping
            (block $past_end
              (block $none
                (br_table $truth $none $past_end $overlapping $reenter $hang $truth (global.get $lie)))
              (return (i32.const 0)))
            (return (i32.const 4090)))
          (return (global.get $request)))
        (drop (call $echo (i32.const 1024) (i32.const 0)))
        (return (i32.const 1024)))
      (loop $again (br $again)))
    (if (i32.eq (global.get $lie) (i32.const 6))
      (then
        (i32.store (i32.add (global.get $request) (i32.const 8)) (i32.const 0x4c667a2e))
        (i32.store8 offset=12 (global.get $request) (i32.const 7))))
    (local.set $ptr (global.get $top))
    (if (i32.gt_u (i32.add (local.get $ptr) (local.get $len)) (i32.const 4096)) (then (return (i32.const 0))))
    (global.set $top (i32.add (local.get $ptr) (local.get $len)))
    (local.get $ptr))
  (func (export "__aingle_guest_reset_arena") (global.set $top (i32.const 1024)))
  (func (export "lie") (param i32) (global.set $lie (local.get 0)))

  (func (export "echo") (param i32 i32) (result i64) (call $pack (local.get 0) (local.get 1)))
  (func $ask (export "ask") (param i32 i32) (result i64) (call $echo (local.get 0) (local.get 1)))
  ;; The payload's first byte says how the allocator lies while the host looks for room.
  (func (export "ask_with_lie") (param i32 i32) (result i64)
    (global.set $lie (i32.load8_u offset=12 (local.get 0)))
    (global.set $request (local.get 0))
    (call $ask (local.get 0) (local.get 1)))
  (func (export "ask_bare") (param i32 i32) (result i64)
    (call $echo (i32.add (local.get 0) (i32.const 12)) (i32.sub (local.get 1) (i32.const 12))))

  (func (export "answer_error_bit") (param i32 i32) (result i64)
    (i64.or (call $pack (local.get 0) (local.get 1)) (i64.const 0x8000000000000000)))
  (func (export "answer_error_flag") (param i32 i32) (result i64)
    (i32.store8 offset=3 (local.get 0) (i32.const 8))
    (call $pack (local.get 0) (local.get 1)))
  (func (export "answer_bare") (param i32 i32) (result i64)
    (call $pack (i32.add (local.get 0) (i32.const 12)) (i32.sub (local.get 1) (i32.const 12))))
  (func (export "answer_flipped") (param i32 i32) (result i64)
    (i32.store8 offset=12 (local.get 0) (i32.xor (i32.load8_u offset=12 (local.get 0)) (i32.const 1)))
    (call $pack (local.get 0) (local.get 1))))
