;; Stores a pointer at its own address, far behind it.
(module
  (memory 2)
  (func (export "run") (param i32)
    (i32.store offset=65536
      (local.tee 0 (i32.add (local.get 0) (i32.const 4)))
      (local.get 0))))
