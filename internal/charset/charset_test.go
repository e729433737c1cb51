package charset

import "testing"

func TestRoundTrip(t *testing.T) {
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
		{"text/plain; charset=UTF-16LE", "ab", "a\x00b\x00"},
	}
	for _, tt := range tests {
		if got := Decode(tt.contentType, []byte(tt.bytes)); got != tt.text {
			t.Errorf("Decode(%q, %q) = %q, want %q", tt.contentType, tt.bytes, got, tt.text)
		}
		if got := string(Encode(tt.contentType, tt.text)); got != tt.bytes {
			t.Errorf("Encode(%q, %q) = %q, want %q", tt.contentType, tt.text, got, tt.bytes)
		}
	}
}

func TestDecodeMalformed(t *testing.T) {
	t.Parallel()
	tests := []struct{ contentType, bytes, want string }{
		{"text/plain", "a\xffb", "a\ufffdb"},
		{"text/plain; charset=UTF-8", "\ufeffa", "a"},
		{"text/plain; charset=Shift_JIS", "a\x81", "a\ufffd"},
	}
	for _, tt := range tests {
		if got := Decode(tt.contentType, []byte(tt.bytes)); got != tt.want {
			t.Errorf("Decode(%q, %q) = %q, want %q", tt.contentType, tt.bytes, got, tt.want)
		}
	}
}

func TestEncodeUnsupported(t *testing.T) {
	t.Parallel()
	if got := string(Encode("text/plain; charset=ISO-8859-1", "a日b")); got != "a\x1ab" {
		t.Errorf("Encode = %q", got)
	}
}
