;; More pages at the start than at most, and more than a machine gives.
(module (memory 200 3))
