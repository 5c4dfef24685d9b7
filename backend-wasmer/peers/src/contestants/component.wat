;; Gives back what it is sent, from where the host put it: no allocator, nothing to free afterwards.
(component
  (core module $echo
    (memory (export "memory") 18 18)
    (func (export "room") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
    (func (export "echo") (param $ptr i32) (param $len i32) (result i32)
      (i32.store (i32.const 0) (local.get $ptr))
      (i32.store (i32.const 4) (local.get $len))
      (i32.const 0)))
  (core instance $guest (instantiate $echo))
  (func (export "echo") (param "request" (list u8)) (result (list u8))
    (canon lift (core func $guest "echo") (memory (core memory $guest "memory")) (realloc (core func $guest "room")))))
