(module (memory (export "memory") 4))
