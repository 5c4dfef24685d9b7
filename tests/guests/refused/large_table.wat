(module (table 4097 funcref))
