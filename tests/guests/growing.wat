;; A memory that may grow to three pages.
(module
  (memory (export "memory") 1 3)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "storm") (result i32)
    (loop $again (drop (memory.grow (i32.const 1))) (br_if $again (i32.lt_u (memory.size) (i32.const 3))))
    (loop $again (result i32) (drop (memory.grow (i32.const 1))) (br $again))))
