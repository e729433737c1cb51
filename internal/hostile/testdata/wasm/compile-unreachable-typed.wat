;; Code behind unreachable that takes values of every type.
;; outcome: script_error or timeout
(module (func (export "run") (result i32) (unreachable) (repeat 10000 (i32.add)(i64.extend_i32_s)(i32.wrap_i64)(select)(drop)) ))
