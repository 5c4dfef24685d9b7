(module (memory (export "memory") 196609 196609 (pagesize 1)))
