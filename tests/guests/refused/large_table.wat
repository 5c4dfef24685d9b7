(module (table 65 funcref))
