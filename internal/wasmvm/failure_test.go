package wasmvm

import "testing"

func TestInnermost(t *testing.T) {
	t.Parallel()
	tests := []struct{ stack, want string }{
		{"", ""},
		{".$12(i32)", ""},
		{".parse(i32,i64) i32\n\t.main()", "parse"},
		{"task.main.(*T).Run(i32) (i32,i64)", "task.main.(*T).Run"},
		{"core::option::unwrap_failed()\n\trun() i32", "core::option::unwrap_failed"},
	}
	for _, tt := range tests {
		if got := innermost(tt.stack); got != tt.want {
			t.Errorf("innermost(%q) = %q, want %q", tt.stack, got, tt.want)
		}
	}
}
