package charset_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/postern-dev/postern/internal/charset"
)

// linesOf returns the lines of a text, as Charset.Lines should yield them.
func linesOf(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// However the bytes arrive, the lines are those of the whole text.
func TestLinesOfAStream(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"utf-8", "utf-16", "utf-16le", "windows-31j", "euc-jp", "iso-2022-jp", "shift_jis", "iso-8859-1", "gb18030"} {
		cs, ok := charset.Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		for range 300 {
			content := cs.Encode(randomText(random))
			if random.IntN(2) == 0 {
				for range random.IntN(10) {
					content = slices.Insert(content, random.IntN(len(content)+1), byte(random.IntN(256)))
				}
			}
			want := linesOf(cs.Decode(content))
			for _, r := range []io.Reader{bytes.NewReader(content), iotest.OneByteReader(bytes.NewReader(content)), iotest.DataErrReader(bytes.NewReader(content))} {
				var got []string
				for line, err := range cs.Lines(r, math.MaxInt64) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, line)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s: %q has the lines %q, want %q", name, content, got, want)
				}
			}
		}
	}
}

func randomText(random *rand.Rand) string {
	var b strings.Builder
	for range random.IntN(60) {
		b.WriteString([]string{"a", "\n", "\r", "\r\n", "表", "ソ", "ー", "é", strings.Repeat("x", 40_000/(1+random.IntN(40_000)))}[random.IntN(9)])
	}
	return b.String()
}

func TestLinesOfAStreamEnd(t *testing.T) {
	t.Parallel()
	lines := func(r io.Reader, most int64) (lines []string, last error) {
		for line, err := range (charset.Charset{}).Lines(r, most) {
			if last = err; err == nil {
				lines = append(lines, line)
			}
		}
		return lines, last
	}
	if got, err := lines(strings.NewReader("abc\nabcd"), 3); !errors.Is(err, charset.ErrLongLine) || len(got) != 1 {
		t.Errorf("lines %q, error %v", got, err)
	}
	if got, err := lines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(iotest.ErrTimeout)), 100); !errors.Is(err, iotest.ErrTimeout) || len(got) != 1 {
		t.Errorf("lines %q, error %v", got, err)
	}
}
