package mediatype

import (
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	const text, bytes = true, false
	tests := []struct {
		contentType, fileName string
		text                  bool
		charset, want         string
	}{
		// one form
		{"image/png", "a.png", bytes, "", "image/png"},
		{`image/png; name="a.png"`, "a.png", bytes, "", "image/png"},
		{`text/plain; charset="UTF-8"`, "a.txt", bytes, "", "text/plain; charset=UTF-8"},
		{`text/plain;charset=Shift_JIS;format=flowed`, "a.txt", text, "", "text/plain; charset=Shift_JIS"},
		{"  Text/Plain ;\t CHARSET = utf-8 ; x = \"a;b\\\"c\" ;", "", bytes, "", "Text/Plain; charset=utf-8"},
		{`application/json; charset=utf-8`, "a.json", text, "", "application/json; charset=utf-8"},
		{`text/plain; charset=""`, "a.txt", bytes, "", "text/plain"},
		{"image/svg+xml", "", bytes, "", "image/svg+xml"},
		{`multipart/form-data; boundary="日本"`, "", bytes, "", "multipart/form-data"},
		// the type of the extension
		{"application/octet-stream", "x.png", bytes, "", "image/png"},
		{"Application/Octet-Stream", "X.PNG", bytes, "", "image/png"},
		{"application/octet-stream", "x.unknown", bytes, "", "application/octet-stream"},
		{"application/octet-stream", "png", text, "", "application/octet-stream"},
		{"application/octet-stream; charset=UTF-8", "x.png", bytes, "", "application/octet-stream; charset=UTF-8"},
		{"application/octet-stream; x=y", "x.tar.gz", bytes, "", "application/gzip"},
		{"application/octet-stream", "x.csv", text, "", "text/csv; charset=UTF-8"},
		{"application/octet-stream", "x.csv", bytes, "", "text/csv"},
		{"text/tab-separated-values", "x.csv", bytes, "", "text/tab-separated-values"},
		{"text/plain", "x.pdf", bytes, "", "text/plain"},
		{"image/jpg", "x.jpg", bytes, "", "image/jpg"},
		// the charset of text
		{"text/plain", "a.txt", text, "", "text/plain; charset=UTF-8"},
		{"TEXT/plain", "a.txt", text, "", "TEXT/plain; charset=UTF-8"},
		{"text/csv", "a.csv", text, "x-UTF-16LE-BOM", "text/csv; charset=x-UTF-16LE-BOM"},
		{"text/csv; charset=EUC-JP", "a.csv", text, "Shift_JIS", "text/csv; charset=EUC-JP"},
		{"text/plain", "a.txt", bytes, "", "text/plain"},
		{"application/json", "a.json", text, "", "application/json"},
		{"application/json", "a.json", text, "Shift_JIS", "application/json"},
		{"application/octet-stream", "a", text, "", "application/octet-stream"},
	}
	for _, tt := range tests {
		got, err := Normalize(tt.contentType, tt.fileName, tt.text, tt.charset)
		if err != nil || got != tt.want {
			t.Errorf("Normalize(%q, %q, %v, %q) = %q, %v, want %q", tt.contentType, tt.fileName, tt.text, tt.charset, got, err, tt.want)
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{
		"", " ", ";", "text", "text;charset=UTF-8", "text/", "/plain", "text plain", "text/plain/x", "日本/語", "text/\u212aelvin",
		`image/png"`, `image/png; name="a`, "image/png; name", "image/png; name=", "image/png; =a", "image/png; name=a b", "image/png; name=日本",
		"text/plain, text/html", "text/plain; charset=a; charset=b", `text/plain; charset="a b"`, `text/plain; charset="日本"`, "text/plain; x=\"a\nb\"",
	} {
		if got, err := Normalize(contentType, "a.txt", true, ""); err == nil {
			t.Errorf("Normalize(%q) = %q, want an error", contentType, got)
		}
	}
	if got, err := Normalize("text/plain", "a.txt", true, "no charset"); err == nil {
		t.Errorf(`Normalize with charset "no charset" = %q, want an error`, got)
	}
	_, err := Normalize(strings.Repeat("x", 10_000), "a.txt", true, "")
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("a long content type gives the error %v", err)
	}
}

func TestCharset(t *testing.T) {
	t.Parallel()
	tests := []struct{ contentType, want string }{
		{"", ""},
		{"text/plain", ""},
		{"text/plain; format=flowed", ""},
		{"text/plain; charset", ""},
		{"text/plain; charset=", ""},
		{`text/plain; charset="a`, ""},
		{"text/plain; charset=UTF-8", "UTF-8"},
		{`text/plain;x=y;Charset="Shift_JIS"`, "Shift_JIS"},
	}
	for _, tt := range tests {
		if got := Charset(tt.contentType); got != tt.want {
			t.Errorf("Charset(%q) = %q, want %q", tt.contentType, got, tt.want)
		}
	}
}

func TestByExtension(t *testing.T) {
	t.Parallel()
	tests := []struct{ fileName, want string }{
		{"a.txt", "text/plain"},
		{"a.JPEG", "image/jpeg"},
		{"dir.png/a.Xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"見積.pdf", "application/pdf"},
		{"dir.png/a", ""},
		{"a.", ""},
		{"txt", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, ok := ByExtension(tt.fileName); got != tt.want || ok != (tt.want != "") {
			t.Errorf("ByExtension(%q) = %q, %v, want %q", tt.fileName, got, ok, tt.want)
		}
	}
	for ext, contentType := range byExtension {
		if got, err := Normalize(contentType, "a"+ext, false, ""); err != nil || got != contentType {
			t.Errorf("%s: %q is not in the normal form: %q, %v", ext, contentType, got, err)
		}
	}
}

// A content type in the normal form is its own normal form.
func FuzzNormalize(f *testing.F) {
	f.Add("text/plain; charset=\"UTF-8\"; name=x", "a.txt", true, "")
	f.Add("application/octet-stream", "a.csv", true, "Shift_JIS")
	f.Add("a/b; charset*=utf-8''%E6%97%A5; c*0=x", "b.PNG", false, "a b")
	f.Fuzz(func(t *testing.T, contentType, fileName string, text bool, charset string) {
		once, err := Normalize(contentType, fileName, text, charset)
		if err != nil {
			return
		}
		twice, err := Normalize(once, fileName, text, charset)
		if err != nil || twice != once {
			t.Errorf("Normalize(%q) = %q, and of that %q, %v", contentType, once, twice, err)
		}
		if strings.ContainsAny(once, "\r\n\"") || strings.Count(once, ";") > 1 {
			t.Errorf("Normalize(%q) = %q, not the normal form", contentType, once)
		}
	})
}
