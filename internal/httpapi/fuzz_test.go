package httpapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/httpapi"
)

// Any body is either JSON with the files of its parts, or refused.
func FuzzMultipart(f *testing.F) {
	body := func(parts ...string) []byte {
		return []byte("--b\r\n" + strings.Join(parts, "\r\n--b\r\n") + "\r\n--b--\r\n")
	}
	const request = "Content-Disposition: form-data; name=\"request\"\r\n\r\n{\"task\": \"a\"}"
	const file = "Content-Disposition: form-data; name=\"q_file\"; filename=\"../a.txt\"\r\nContent-Type: text/plain\r\n\r\nA"
	f.Add(body(request, file))
	f.Add(body(file))
	f.Add(body("Content-Disposition: form-data; name=\"request\"\r\n\r\nnull"))
	f.Add([]byte("--b\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/runs", bytes.NewReader(content))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		text, wrong := httpapi.ReadMultipart(r)
		if (text == nil) == (wrong == "") {
			t.Fatalf("%q, %q", text, wrong)
		}
		if wrong != "" {
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	})
}

// Values of data items keep the digits of numbers.
func FuzzData(f *testing.F) {
	for _, text := range []string{`12345678901234567890.10`, `"a"`, `[1,{"a":null}]`, `1 2`, ``, strings.Repeat("[", 100)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		data, err := httpapi.DecodeData(map[string]json.RawMessage{"q": json.RawMessage(text)})
		if err != nil {
			return
		}
		if n, ok := data["q"].(json.Number); ok && !strings.Contains(text, n.String()) {
			t.Errorf("%s became %s", text, n)
		}
	})
}
