package wasmvm

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// active returns a data segment with a constant place.
func active(at int, data string) string { return "\x00" + i32(at) + "\x0b" + sized(data) }

// withData returns a module with a page of memory and these segments.
func withData(segments ...string) []byte {
	return []byte(preamble +
		section(5, vector("\x00\x01")) +
		section(7, vector(sized("memory")+"\x02\x00")) +
		section(11, vector(segments...)))
}

func TestJoinData(t *testing.T) {
	t.Parallel()
	many := make([]string, 1000)
	for i := range many {
		many[i] = active(3*i, "ab")
	}
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	tests := []struct {
		name string
		in   []string
		want []string // nil if they stay as they are
	}{
		{"side by side", []string{active(8, "ab"), active(10, "cd")}, []string{active(8, "abcd")}},
		{"a small gap", []string{active(100, "ab"), active(105, "cd")}, []string{active(100, "ab"+zeros(3)+"cd")}},
		{"in any order", []string{active(105, "cd"), active(100, "ab")}, []string{active(100, "ab"+zeros(3)+"cd")}},
		{"the later one wins", []string{active(0, "abcd"), active(1, "XY")}, []string{active(0, "aXYd")}},
		{"the later one wins, in any order", []string{active(1, "XY"), active(0, "abcd")}, []string{active(0, "abcd")}},
		{"one inside the other", []string{active(0, "abcdef"), active(2, "X"), active(6, "g")}, []string{active(0, "abXdefg")}},
		{"nothing in it", []string{active(0, ""), active(4, "a")}, []string{active(4, "a")}},
		{"to the last byte", []string{active(65534, "a"), active(65535, "b")}, []string{active(65534, "ab")}},
		{"two groups", []string{active(0, "a"), active(1, "b"), active(5000, "c"), active(5001, "d")}, []string{active(0, "ab"), active(5000, "cd")}},
		{"many", many, []string{active(0, strings.Repeat("ab\x00", 999)+"ab")}},
		{"a large gap", []string{active(0, "a"), active(1026, "b")}, nil},
		{"one", []string{active(0, "a")}, nil},
		{"outside the memory", []string{active(0, "a"), active(1, "b"), active(65536, "c")}, nil},
		{"empty, outside the memory", []string{active(0, "a"), active(1, "b"), active(65537, "")}, nil},
		{"a negative place", []string{active(0, "a"), active(1, "b"), active(-1, "c")}, nil},
		{"passive", []string{active(0, "a"), active(1, "b"), "\x01" + sized("c")}, nil},
		{"with the number of a memory", []string{active(0, "a"), "\x02\x00" + i32(1) + "\x0b" + sized("b")}, nil},
		{"at a global", []string{active(0, "a"), "\x00\x23\x00\x0b" + sized("b")}, nil},
		{"larger than it is worth", []string{active(0, "a"), active(1000, "b"), active(2000, "c")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := withData(tt.in...)
			if tt.want != nil {
				want = withData(tt.want...)
			}
			if got, ok := rewritten(withData(tt.in...)); !ok || !bytes.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}

	t.Run("with a data count", func(t *testing.T) {
		t.Parallel()
		wasm := []byte(preamble + section(5, vector("\x00\x01")) + section(12, uleb(2)) + section(11, vector(active(0, "a"), active(1, "b"))))
		if got, ok := rewritten(wasm); !ok || !bytes.Equal(got, wasm) {
			t.Errorf("got %q, want it as it was", got)
		}
	})
}

// FuzzJoinData starts modules with any segments, joined and as they are. Both have
// the same memory, or neither starts.
func FuzzJoinData(f *testing.F) {
	f.Add([]byte{0, 1, 3, 0, 4, 2, 0, 5, 3})
	f.Add([]byte{255, 254, 4, 0, 0, 200, 0, 1, 7})
	ctx := context.WithoutCancel(f.Context())
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	f.Cleanup(func() { _ = runtime.Close(ctx) })
	f.Fuzz(func(t *testing.T, places []byte) {
		var segments []string
		for ; len(places) >= 3; places = places[3:] { // two bytes of place, one of length
			at, n := int(places[0])<<8|int(places[1]), int(places[2])
			segments = append(segments, active(at, strings.Repeat(string(rune('a'+len(segments)%26)), n)))
		}
		wasm := withData(segments...)
		changed, ok := rewritten(wasm)
		if !ok {
			t.Fatal("refused")
		}
		before, errBefore := runtime.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithName(""))
		after, errAfter := runtime.InstantiateWithConfig(ctx, changed, wazero.NewModuleConfig().WithName(""))
		if ended(errBefore) != ended(errAfter) {
			t.Fatalf("%v, joined %v", errBefore, errAfter)
		}
		if errBefore != nil {
			return
		}
		want, _ := before.Memory().Read(0, 65536)
		if got, _ := after.Memory().Read(0, 65536); !bytes.Equal(got, want) {
			t.Error("the memory is another")
		}
		_, _ = before.Close(ctx), after.Close(ctx)
	})
}
