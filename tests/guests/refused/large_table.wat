(module (table 0x80000000 funcref))
