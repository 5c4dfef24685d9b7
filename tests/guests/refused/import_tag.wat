(module (import "env" "echo" (tag)))
