(module (func (export "run") (param i32)))
