;; Sets a local in a block while its old value is an operand; the sum is 44.
(module
  (func (export "run") (param i32) (result i32) (local $under i32)
    (local.set $under (i32.const 42))
    (local.get $under)
    (i32.const 5)
    (local.get 0)
    (if (param i32) (result i32)
      (then (drop) (local.set $under (i32.const 100)) (i32.const 1))
      (else (drop) (local.set $under (i32.const 200)) (i32.const 2)))
    (i32.add)))
