package egress_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// sourceFile is a file by reference that counts.
type sourceFile struct {
	content string
	opened  atomic.Int32
	closed  chan struct{} // gets a value for each reader that is closed
}

func newSource(content string) *sourceFile {
	return &sourceFile{content: content, closed: make(chan struct{}, 100)}
}

type source struct {
	*strings.Reader
	of *sourceFile
}

func (s source) Close() error {
	s.of.closed <- struct{}{}
	return nil
}

func (s *sourceFile) file(size int64) *hostapi.File {
	return &hostapi.File{Name: "a.bin", Size: size, Open: func(context.Context) (io.ReadSeekCloser, error) {
		s.opened.Add(1)
		return source{strings.NewReader(s.content), s}, nil
	}}
}

// A file by reference is opened again for a redirect that keeps the body, and closed each
// time, over HTTP/1 and HTTP/2.
func TestFileByReference(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 100_000)
	for _, http2 := range []bool{false, true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/from":
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Location", "/to")
				w.WriteHeader(http.StatusPermanentRedirect)
			case "/to":
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != content || r.ContentLength != int64(len(content)) || r.ProtoMajor == 2 != http2 {
					t.Errorf("%s: %d bytes, Content-Length %d, error %v", r.Proto, len(body), r.ContentLength, err)
				}
			case "/refuse":
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			}
		}))
		server.EnableHTTP2 = http2
		server.StartTLS()
		defer server.Close()
		host := strings.TrimPrefix(server.URL, "https://")
		rule, err := hostapi.ParseRule(host)
		if err != nil {
			t.Fatal(err)
		}
		roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs //nolint:forcetypeassert,errcheck // as httptest makes it
		client := egress.New(egress.Config{Allow: []hostapi.Rule{rule}, RootCAs: roots})
		defer client.Close()
		send := func(f *hostapi.File, path string) (*hostapi.Response, error) {
			return client.Do(t.Context(), &hostapi.Grant{Limits: hostapi.DefaultLimits()}, &hostapi.Request{Method: "POST", URL: server.URL + path, BodyFile: f})
		}
		s := newSource(content)
		if _, err := send(s.file(int64(len(content))), "/from"); err != nil || s.opened.Load() != 2 {
			t.Errorf("redirect: error %v, opened %d times", err, s.opened.Load())
		}
		<-s.closed
		<-s.closed
		s = newSource(content)
		if resp, err := send(s.file(int64(len(content))), "/refuse"); err == nil && resp.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("refused: status %d", resp.Status)
		}
		if s.opened.Load() > 0 {
			<-s.closed
		}
	}
}

// A file that is not as large as it says is never a complete request.
func TestFileOfAnotherSize(t *testing.T) {
	t.Parallel()
	received := make(chan error, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		received <- err
	}))
	defer server.Close()
	rule, err := hostapi.ParseRule(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	client := egress.New(egress.Config{Allow: []hostapi.Rule{rule}})
	defer client.Close()
	content := strings.Repeat("x", 1<<20)
	for size, want := range map[int64]string{
		1<<20 + 1: "file a.bin: the content ends after 1048576 bytes of 1048577",
		1<<20 - 1: "file a.bin: the content has more than its 1048575 bytes",
	} {
		s := newSource(content)
		_, err := client.Do(t.Context(), &hostapi.Grant{Limits: hostapi.DefaultLimits()}, &hostapi.Request{Method: "POST", URL: server.URL, BodyFile: s.file(size)})
		if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
		if err := <-received; err == nil {
			t.Error("the server took it for a complete request")
		}
		<-s.closed
	}
}
