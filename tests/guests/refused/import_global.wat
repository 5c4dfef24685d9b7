(module (import "env" "echo" (global i32)))
