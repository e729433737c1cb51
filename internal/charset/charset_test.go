package charset

import (
	"encoding/hex"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func lookup(t *testing.T, name string) Charset {
	t.Helper()
	c, ok := Lookup(name)
	if !ok {
		t.Fatalf("Lookup(%q): unknown", name)
	}
	return c
}

// What Java makes of the same text and names.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	tests := []struct{ names, text, hex string }{
		{"UTF-8 utf8", "a日é😀", "61e697a5c3a9f09f9880"},
		{"UTF-8", "\ufeffa", "efbbbf61"},
		{"UTF-16 utf16 UTF_16 unicode", "a日😀", "feff006165e5d83dde00"},
		{"UTF-16BE UTF_16BE X-UTF-16BE", "a日😀", "006165e5d83dde00"},
		{"UTF-16BE", "\ufeffa", "feff0061"},
		{"UTF-16LE UTF_16LE X-UTF-16LE", "a日😀", "6100e5653dd800de"},
		{"UTF-16LE", "\ufeffa", "fffe6100"},
		{"x-UTF-16LE-BOM UnicodeLittle", "a日😀", "fffe6100e5653dd800de"},
		{"Shift_JIS sjis shift-jis x-sjis ms_kanji csShiftJIS", "日本ｱ\\~", "93fa967bb15c7e"},
		{"Shift_JIS", "〜—‖−¢£¬", "8160815c8161817c8191819281ca"},
		{"Windows-31J MS932 CP932 windows-932 csWindows31J", "日本ｱ①～―∥－￠￡￢", "93fa967bb187408160815c8161817c8191819281ca"},
		{"EUC-JP eucjp EUC_JP x-euc-jp", "日本é〜—‖−¢£¬", "c6fccbdc8fabb1a1c1a1bda1c2a1dda1f1a1f2a2cc"},
		{"ISO-2022-JP ISO2022JP csISO2022JP", "a日本〜b", "611b2442467c4b5c21411b284262"},
		{"US-ASCII ascii ISO646-US us", "a~", "617e"},
		{"ISO-8859-1 latin1 l1 ISO8859_1 ISO8859-1 cp819", "aé\u0080ÿ", "61e980ff"},
		{"windows-1252 cp1252", "aé€—", "61e98097"},
		{"ISO-8859-15 ISO8859_15", "€", "a4"},
		{"GBK GB2312", "日本é", "c8d5b1bea8a6"},
		{"GB18030", "😀", "9439fc36"},
		{"Big5", "日本", "a4e9a5bb"},
		{"EUC-KR euc_kr ks_c_5601-1987", "日本한", "eceddce2c7d1"},
		{"IBM850", "é", "82"},
	}
	for _, tt := range tests {
		for name := range strings.FieldsSeq(tt.names) {
			for _, name := range []string{name, strings.ToUpper(name), strings.ToLower(name)} {
				c := lookup(t, name)
				b := c.Encode(tt.text)
				if got := hex.EncodeToString(b); got != tt.hex {
					t.Errorf("%s: Encode(%q) = %s, want %s", name, tt.text, got, tt.hex)
				}
				if got := c.Decode(b); got != tt.text {
					t.Errorf("%s: Decode(%s) = %q, want %q", name, tt.hex, got, tt.text)
				}
				if got := c.Encode(""); len(got) > 0 {
					t.Errorf("%s: Encode(\"\") = %x", name, got)
				}
				if got := c.Decode(nil); got != "" {
					t.Errorf("%s: Decode(nil) = %q", name, got)
				}
			}
		}
	}
}

func TestEncodeWhatTheCharsetLacks(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"US-ASCII", "a日é😀b\x1a", "a???b\x1a"},
		{"ISO-8859-1", "é日€é", "\xe9??\xe9"},
		{"windows-1252", "é日€é", "\xe9?\x80\xe9"},
		{"Shift_JIS", "日😀本é", "\x93\xfa?\x96\x7b?"},
		{"Shift_JIS", "¥‾", `\~`},
		{"Shift_JIS", "〜～", "\x81\x60\x81\x60"}, // both forms of the wave dash
		{"Windows-31J", "〜～", "\x81\x60\x81\x60"},
		{"EUC-JP", "日😀", "\xc6\xfc?"},
		{"ISO-2022-JP", "日😀本", "\x1b$BF|\x1b(B?\x1b$BK\\\x1b(B"},
		{"GBK", "日😀", "\xc8\xd5?"},
		{"UTF-8", "a\xffb", "a\xffb"}, // not text; left as it is
	}
	for _, tt := range tests {
		if got := string(lookup(t, tt.name).Encode(tt.text)); got != tt.want {
			t.Errorf("%s: Encode(%q) = %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestDecodeMalformed(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, hex, want string }{
		{"UTF-8", "61e38162c080f09f98ff", "a\ufffdb\ufffd\ufffd\ufffd\ufffd"},
		{"UTF-16", "fffe6100", "a"}, // the byte order mark wins
		{"UTF-16", "0061", "a"},
		{"UTF-16", "61", "\ufffd"},
		{"UTF-16", "d83d", "\ufffd"},
		{"UTF-16", "dc00", "\ufffd"},
		{"x-UTF-16LE-BOM", "feff0061", "a"},
		{"x-UTF-16LE-BOM", "6100", "a"},
		{"x-UTF-16LE-BOM", "3dd8", "\ufffd"},
		{"Shift_JIS", "6181", "a\ufffd"},
		{"Shift_JIS", "8120a0", "\ufffd \ufffd"},
		{"Windows-31J", "8120", "\ufffd "},
		{"EUC-JP", "8f41", "\ufffdA"},
		{"ISO-2022-JP", "61ff", "a\ufffd"},
		{"US-ASCII", "61e697", "a\ufffd\ufffd"},
	}
	for _, tt := range tests {
		b, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		if got := lookup(t, tt.name).Decode(b); got != tt.want {
			t.Errorf("%s: Decode(%s) = %q, want %q", tt.name, tt.hex, got, tt.want)
		}
	}
}

func TestLookupUnknown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "no-such", "UTF 8", "ISO-2022-KR", "UTF-7", "iso8859", strings.Repeat("x", 1000)} {
		if c, ok := Lookup(name); ok {
			t.Errorf("Lookup(%q) = %v, want none", name, c)
		}
	}
}

func TestByContentType(t *testing.T) {
	t.Parallel()
	tests := []struct{ contentType, text, bytes string }{
		{"", "héllo", "héllo"},
		{"text/plain", "日本", "日本"},
		{"text/plain; charset=UTF-8", "日本", "日本"},
		{"text/plain; charset=utf-8; x=1", "日本", "日本"},
		{"text/plain; charset=no-such", "日本", "日本"},
		{"text/plain; charset", "日本", "日本"},
		{"text/plain; charset=ISO-8859-1", "é", "\xe9"},
		{"text/plain; charset=Shift_JIS", "日本", "\x93\xfa\x96\x7b"},
		{`text/csv; charset="EUC-JP"`, "日本", "\xc6\xfc\xcb\xdc"},
		{"text/csv; charset=Windows-31J", "①", "\x87\x40"},
		{"text/plain; charset=UTF-16LE", "ab", "a\x00b\x00"},
		{"text/plain; charset=x-UTF-16LE-BOM", "ab", "\xff\xfea\x00b\x00"},
	}
	for _, tt := range tests {
		if got := Decode(tt.contentType, []byte(tt.bytes)); got != tt.text {
			t.Errorf("Decode(%q, %q) = %q, want %q", tt.contentType, tt.bytes, got, tt.text)
		}
		if got := Share(tt.contentType, []byte(tt.bytes)); got != tt.text {
			t.Errorf("Share(%q, %q) = %q, want %q", tt.contentType, tt.bytes, got, tt.text)
		}
		if got := string(Encode(tt.contentType, tt.text)); got != tt.bytes {
			t.Errorf("Encode(%q, %q) = %q, want %q", tt.contentType, tt.text, got, tt.bytes)
		}
	}
	for body, want := range map[string]string{"\ufeffa\xff": "a\ufffd", "\ufeffa": "a", "": ""} {
		if got := Decode("text/plain", []byte(body)); got != want {
			t.Errorf("Decode(%q) = %q, want %q", body, got, want)
		}
		if got := Share("text/plain", []byte(body)); got != want {
			t.Errorf("Share(%q) = %q, want %q", body, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []string
	}{
		{"", nil},
		{"a", []string{"a"}},
		{"a\n", []string{"a"}},
		{"a\r\nb\rc\nd", []string{"a", "b", "c", "d"}},
		{"\n", []string{""}},
		{"\r\n\r\n", []string{"", ""}},
		{"\n\r", []string{"", ""}},
		{"a\n\nb\r", []string{"a", "", "b"}},
		{"a\u2028b\u0085c\v", []string{"a\u2028b\u0085c\v"}},
	}
	for _, tt := range tests {
		var got []string
		for line, err := range (Charset{}).Lines(strings.NewReader(tt.text), math.MaxInt64) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, line)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("the lines of %q are %q, want %q", tt.text, got, tt.want)
		}
	}
	for line, err := range (Charset{}).Lines(strings.NewReader("a\nb"), math.MaxInt64) { // may be left early
		if err != nil {
			t.Fatal(err)
		}
		if line != "a" {
			t.Errorf("line %q", line)
		}
		break
	}
}

// Text that decoding gave can be written and read again; a character comes back
// as itself, or as "?" where the charset only reads it.
func FuzzDecode(f *testing.F) {
	names := []string{"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "x-UTF-16LE-BOM", "Shift_JIS", "Windows-31J", "EUC-JP", "ISO-2022-JP", "US-ASCII", "ISO-8859-1", "GBK", "EUC-KR"}
	for i := range names {
		f.Add(byte(i), []byte("a\x93\xfa\x1b$BF|\xc6\xfc\xff\xfe\xd8"))
	}
	f.Fuzz(func(t *testing.T, n byte, b []byte) {
		name := names[int(n)%len(names)]
		c := lookup(t, name)
		text := c.Decode(b)
		if len(text) > 3*len(b)+3 {
			t.Errorf("%s: %d bytes become %d", name, len(b), len(text))
		}
		contentType := "text/plain; charset=" + name
		if read, err := io.ReadAll(NewReader(contentType, b)); err != nil || string(read) != Decode(contentType, b) {
			t.Errorf("%s: %x is read as %q, %v, and decoded as %q", name, b, read, err, Decode(contentType, b))
		}
		if strings.ContainsAny(text, "\ufffd\ufeff") { // malformed, or a byte order mark
			return
		}
		got := []rune(c.Decode(c.Encode(text)))
		same := func(a, b rune) bool { return a == b || b == '?' }
		if !slices.EqualFunc([]rune(text), got, same) && !strings.ContainsAny(text, "\x1b\x0e\x0f") { // shifts of ISO-2022-JP
			t.Errorf("%s: Decode(%x) = %q, which is written and read as %q", name, b, text, string(got))
		}
	})
}
