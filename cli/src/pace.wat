;; What `inspect` times: a loop of common operators, and one of little more than the loop itself.
(module
  (memory 4096 4096 (pagesize 1))
  (func (export "work") (param $n i32) (result i32) (local $x i32)
    (loop $again
      (local.set $x (i32.xor (i32.rotl (local.get $x) (i32.const 5)) (local.get $n)))
      (i32.store8 (i32.and (local.get $x) (i32.const 0xfff)) (local.get $x))
      (local.set $x (i32.add (local.get $x) (i32.load8_u (i32.and (local.get $n) (i32.const 0xfff)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  (func (export "turn") (param $n i32) (result i32)
    (loop $again
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $n)))
