package bytesize_test

import (
	"math"
	"testing"

	"github.com/postern-dev/postern/internal/bytesize"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	tests := map[int64]string{
		math.MinInt64: "0 bytes",
		-1:            "0 bytes",
		0:             "0 bytes",
		1023:          "1023 bytes",
		1024:          "1 KiB",
		1025:          "1025 bytes",
		64 << 10:      "64 KiB",
		1 << 20:       "1 MiB",
		1<<20 + 1<<10: "1025 KiB",
		10 << 20:      "10 MiB",
		1 << 30:       "1 GiB",
		1 << 40:       "1024 GiB",
		math.MaxInt64: "9223372036854775807 bytes",
	}
	for n, want := range tests {
		if got := bytesize.Format(n); got != want {
			t.Errorf("Format(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := map[string]int64{
		"0": 0, "4096": 4096, "007": 7, "1B": 1, "1 B": 1, "5 bytes": 5, "1KiB": 1 << 10, "1 MiB": 1 << 20, "10MiB": 10 << 20,
		"2GiB": 2 << 30, "9223372036854775807": math.MaxInt64, "8589934591GiB": 8589934591 << 30,
	}
	for text, want := range tests {
		if got, ok := bytesize.Parse(text); !ok || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", " ", "B", "MiB", " 1", "1 ", "1  MiB", "1MiB ", "1MB", "1K", "1kib", "1 Mi", "-1", "+1", "1.5MiB", "1_000", "1e3", "0x10",
		"9223372036854775808", "8589934592GiB", "1MiBKiB", "１",
	} {
		if got, ok := bytesize.Parse(text); ok {
			t.Errorf("Parse(%q) = %d, want none", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"1MiB", "1024 KiB", "0", "99999999999999999999", "8589934592GiB", "5 bytes"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, ok := bytesize.Parse(text)
		if !ok {
			return
		}
		if n < 0 {
			t.Fatalf("Parse(%q) = %d", text, n)
		}
		if again, ok := bytesize.Parse(bytesize.Format(n)); !ok || again != n {
			t.Errorf("%q is %d, but %q is %d, %v", text, n, bytesize.Format(n), again, ok)
		}
	})
}
