;; A memory of 2 GiB, whatever the host would give.
(module (memory (export "memory") 32768))
