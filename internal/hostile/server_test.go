//go:build linux

package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newServer returns the address of a server that does what its path says:
//
//	/echo        returns the body of the request
//	/gzip        4 GiB of spaces, compressed
//	/endless     a body without end
//	/drip        the same, slowly
//	/silent      nothing
//	/redirect/N  redirects to /redirect/N+1
//	/cookies     a thousand cookies
//	/headers     headers of a megabyte
//	/deep        JSON that is nested a million levels deep
//	/wide        JSON of a million empty objects
//	/broken      less than its length
//	/letters     nine megabytes of "a"
//	/charset     a text in a charset that expands
func newServer(t *testing.T) string {
	t.Helper()
	bomb := compressed(t, 1<<26)
	mux := http.NewServeMux()
	text := func(path, contentType, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write([]byte(body)) // the client may be gone
		})
	}
	text("/deep", "application/json", strings.Repeat("[", 1e6)+strings.Repeat("]", 1e6))
	text("/wide", "application/json", "["+strings.Repeat("{},", 1e6)+"{}]")
	text("/letters", "text/plain", strings.Repeat("a", 9e6))
	text("/charset", "text/plain; charset=windows-1252", strings.Repeat("\x80", 9e6))
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body := new(bytes.Buffer)
		_, _ = body.ReadFrom(http.MaxBytesReader(w, r.Body, 16<<20))
		_, _ = w.Write(body.Bytes())
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for range 64 { // members of gzip may follow each other, RFC 1952 §2.2
			if _, err := w.Write(bomb); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for piece := make([]byte, 64<<10); r.Context().Err() == nil; {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("drop"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/redirect/{n}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/redirect/"+r.PathValue("n")+"1", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/cookies", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 1000 {
			w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=%s", i, strings.Repeat("x", 900)))
		}
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 1000 {
			w.Header().Add(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
		}
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = w.Write([]byte("{"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// compressed returns a gzip member of that many spaces.
func compressed(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for spaces := bytes.Repeat([]byte(" "), 1<<20); size > 0; size -= len(spaces) {
		if _, err := w.Write(spaces); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
