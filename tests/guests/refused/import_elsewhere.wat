(module (import "elsewhere" "echo" (func (param i32 i32) (result i64))))
