(module (import "env" "echo" (func (param i32) (result i64))))
