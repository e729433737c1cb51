package wasmvm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestFramesOfTrap(t *testing.T) {
	t.Parallel()
	tests := []struct{ trace, want string }{
		{"", ""},
		{".$12(i32)", "$12"},
		{".parse(i32,i64) i32\n\t.main()", "parse main"},
		{"task.main.(*T).Run(i32) (i32,i64)", "task.main.(*T).Run"},
		{"core::option::unwrap_failed()\n\trun() i32\n\t... maybe followed by omitted frames", "core::option::unwrap_failed run"},
	}
	for _, tt := range tests {
		var names []string
		for _, f := range framesOfTrap(tt.trace) {
			names = append(names, f.Function)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("frames of %q: %q, want %q", tt.trace, got, tt.want)
		}
	}
}

// The frames of the goroutine that panicked are read from what Go prints, those of others
// are not.
func TestGoTrace(t *testing.T) {
	t.Parallel()
	var trace goTrace
	for line := range strings.SplitSeq(`starting(x)
	/not/of/a/panic.go:1
panic: boom [recovered]
	panic: again

goroutine 1 [running]:
panic({0x1, 0x2})
	/go/src/runtime/panic.go:792 +0x8
main.(*T).load(0x1, {0x2, ...})
	/src/my task/main.go:12 +0x5
main.main()
	/src/main.go:20
exit status 2

goroutine 7 [select]:
main.other()
	/src/main.go:30`, "\n") {
		trace.line(line)
	}
	want := []hostapi.Frame{
		{Function: "panic", File: "/go/src/runtime/panic.go", Line: 792},
		{Function: "main.(*T).load", File: "/src/my task/main.go", Line: 12},
		{Function: "main.main", File: "/src/main.go", Line: 20},
	}
	if got := fmt.Sprint(trace.frames); got != fmt.Sprint(want) {
		t.Errorf("frames %v, want %v", got, want)
	}
	var endless goTrace
	endless.line("panic: x")
	endless.line("goroutine 1 [running]:")
	for range 1000 {
		endless.line("main.f()")
	}
	if n := len(endless.frames); n != hostapi.MaxStack {
		t.Errorf("%d frames", n)
	}
}
