package wasmvm

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestLineWriter(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine)
	tests := []struct {
		name string
		in   []string
		want []string
	}{
		{"nothing", []string{"", ""}, nil},
		{"in pieces", []string{"a", "b\nc", "\n", "\n", "d"}, []string{"ab", "c", "", "d"}},
		{"carriage returns", []string{"a\r\n\rb\r", "\n"}, []string{"a", "\rb"}},
		{"not text", []string{"a\xff\n"}, []string{"a\ufffd"}},
		{"just fits", []string{long, "\n"}, []string{long}},
		{"too long", []string{long + "y\nz"}, []string{long, "y", "z"}},
		{"far too long", []string{"a", long, long}, []string{"a" + long[1:], "x" + long[1:], "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			w := &lineWriter{log: func(line string) error {
				got = append(got, line)
				return nil
			}}
			for _, s := range tt.in {
				if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
					t.Errorf("wrote %d of %d: %v", n, len(s), err)
				}
			}
			w.flush()
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("logged %.80q, want %.80q", got, tt.want)
			}
		})
	}
}

func TestLineWriterStopsAtAnError(t *testing.T) {
	t.Parallel()
	calls := 0
	full := errors.New("full")
	w := &lineWriter{log: func(string) error {
		calls++
		return full
	}}
	for range 3 {
		if _, err := w.Write([]byte("a\nb\n")); !errors.Is(err, full) {
			t.Errorf("error %v, want %v", err, full)
		}
	}
	w.flush()
	if calls != 1 {
		t.Errorf("%d lines were tried, want 1", calls)
	}
}
