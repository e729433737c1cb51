package egress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

func TestResponseLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil {
			t.Error(err)
		}
		if r.FormValue("chunked") != "" {
			w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of net/http
		}
		w.Write(make([]byte, n))
	})
	c := newClient(t, egress.Config{})
	for _, limit := range []int64{1000, 3 << 20} {
		for _, over := range []int64{-1, 0, 1, 1 << 20} {
			for _, chunked := range []string{"", "yes"} {
				n := limit + over
				t.Run(fmt.Sprintf("%d of %d%s", n, limit, chunked), func(t *testing.T) {
					t.Parallel()
					opts := options(t, s.place())
					opts.Limits.ResponseBytes = limit
					resp, err := get(t, c, fmt.Sprintf("%s/?n=%d&chunked=%s", s.URL, n, chunked), opts)
					if n > limit {
						wantError(t, err, hostapi.CodeLimit, "response size limit of", map[int64]string{1000: "1000 bytes", 3 << 20: "3 MiB"}[limit])
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					if got := int64(len(resp.Body)); got != n {
						t.Errorf("%d bytes, want %d", got, n)
					}
				})
			}
		}
	}
}

func TestResponseLimitOfZero(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.FormValue("body"))
	})
	c := newClient(t, egress.Config{})
	opts := options(t, s.place())
	for _, limit := range []int64{0, -1} {
		opts.Limits.ResponseBytes = limit
		if _, err := get(t, c, s.URL, opts); err != nil {
			t.Errorf("empty answer: %v", err)
		}
		_, err := get(t, c, s.URL+"/?body=x", opts)
		wantError(t, err, hostapi.CodeLimit, "response size limit of 0 bytes reached")
	}
}

func TestRequestTimeBelowZero(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	c := newClient(t, egress.Config{})
	opts := options(t, s.place())
	opts.Limits.RequestTime = -1
	_, err := get(t, c, s.URL, opts)
	wantError(t, err, hostapi.CodeTimeout, "request time limit of 0s reached")
	s.wantHits(t, 0)
}

func TestLargestResponseLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of net/http
		io.WriteString(w, "body")
	})
	c := newClient(t, egress.Config{})
	opts := options(t, s.place())
	opts.Limits.ResponseBytes = math.MaxInt64
	resp, err := get(t, c, s.URL, opts)
	if err != nil || string(resp.Body) != "body" {
		t.Errorf("answer %v, %v", resp, err)
	}
}

func TestContentLengthIsNotTrusted(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", r.FormValue("length"))
		w.Write([]byte("short"))
	})
	c := newClient(t, egress.Config{})
	for _, length := range []string{"6", "9000000"} {
		_, err := get(t, c, s.URL+"/?length="+length, options(t, s.place()))
		wantError(t, err, hostapi.CodeNetwork, "closed the connection mid-response")
	}
	_, err := get(t, c, s.URL+"/?length=1000000000000", options(t, s.place()))
	wantError(t, err, hostapi.CodeLimit, "10 MiB")
}

func TestGzipBomb(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	w, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 11 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	c := newClient(t, egress.Config{})
	_, err = get(t, c, s.URL, options(t, s.place()))
	wantError(t, err, hostapi.CodeLimit, "10 MiB")

	opts := options(t, s.place())
	opts.Limits.ResponseBytes = 11 << 20
	resp, err := get(t, c, s.URL, opts)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(resp.Body), 11<<20; got != want {
		t.Errorf("%d bytes, want %d, decompressed", got, want)
	}
}

// The engine compares what a script hands over with the limit. Form encoding
// makes more of it, which is not held against the script a second time.
func TestRequestBytesAreTheEnginesToCount(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		if got, want := r.FormValue("a"), "é"; got != want {
			t.Errorf("parameter %q, want %q", got, want)
		}
	})
	c := newClient(t, egress.Config{})
	grant := &hostapi.Grant{Allow: rules(t, s.place()), Limits: hostapi.DefaultLimits()}
	req := &hostapi.Request{Method: "POST", URL: s.URL, FormParam: []hostapi.Param{{Name: "a", Value: "é"}}}
	grant.Limits.RequestBytes = req.BodyBytes()
	if _, err := c.Do(t.Context(), grant, req); err != nil {
		t.Error(err)
	}
	s.wantHits(t, 1)
}

func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil {
			t.Error(err)
		}
		for i := range n {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1<<10))
		}
	}
	const text = "the header of the response is larger than 64 KiB"
	s := newServer(t, handler)
	c := newClient(t, egress.Config{})
	if _, err := get(t, c, s.URL+"/?n=50", options(t, s.place())); err != nil {
		t.Errorf("below the limit: %v", err)
	}
	for _, n := range []string{"70", "500"} {
		_, err := get(t, c, s.URL+"/?n="+n, options(t, s.place()))
		wantError(t, err, hostapi.CodeLimit, text)
	}

	c, target, allow := newHTTP2(t, handler)
	if _, err := get(t, c, target+"/?n=50", options(t, allow)); err != nil {
		t.Errorf("below the limit: %v", err)
	}
	_, err := get(t, c, target+"/?n=64", options(t, allow))
	wantError(t, err, hostapi.CodeLimit, text)
	// Far above it, HTTP/2 takes the header for an attack on the connection.
	_, err = get(t, c, target+"/?n=500", options(t, allow))
	wantError(t, err, hostapi.CodeNetwork)
}

// newHTTP2 returns a client, the URL of a server that both speak HTTP/2 with,
// and the rule for it.
func newHTTP2(t *testing.T, handler http.HandlerFunc) (c *egress.Client, target, allow string) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("protocol %s, want HTTP/2", r.Proto)
		}
		handler(w, r)
	}))
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	s.StartTLS()
	t.Cleanup(s.Close)
	return newClient(t, egress.Config{RootCAs: authorities(s)}), s.URL, s.Listener.Addr().String()
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
	c, target, allow := newHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
	for _, n := range []int{0, 1, 100_000, 3_000_000} {
		resp, err := c.Send(newRequest(t, http.MethodPost, target, strings.Repeat("x", n)), options(t, allow))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(resp.Body); got != n {
			t.Errorf("%d bytes, want %d", got, n)
		}
	}
}

// The Content-Length of an answer without a body is that of another answer.
func TestAnswersWithoutBody(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, r *http.Request) {
		status, err := strconv.Atoi(r.FormValue("status"))
		if err != nil {
			t.Error(err)
		}
		if status != http.StatusNoContent {
			w.Header().Set("Content-Length", "1000000000000")
		}
		w.WriteHeader(status)
	}
	s := newServer(t, handler)
	c2, url2, allow2 := newHTTP2(t, handler)
	c1 := newClient(t, egress.Config{})
	for _, tt := range []struct{ method, status string }{{"HEAD", "200"}, {"HEAD", "404"}, {"GET", "204"}, {"GET", "304"}} {
		for _, at := range []struct {
			c           *egress.Client
			url, allow  string
			nameOfProto string
		}{{c1, s.URL, s.place(), "HTTP/1"}, {c2, url2, allow2, "HTTP/2"}} {
			resp, err := at.c.Send(newRequest(t, tt.method, at.url+"/?status="+tt.status, ""), options(t, at.allow))
			if err != nil {
				t.Errorf("%s %s %s: %v", at.nameOfProto, tt.method, tt.status, err)
				continue
			}
			if got := strconv.Itoa(resp.Status); got != tt.status {
				t.Errorf("status %s, want %s", got, tt.status)
			}
			if len(resp.Body) != 0 {
				t.Errorf("%s %s %s: body of %d bytes", at.nameOfProto, tt.method, tt.status, len(resp.Body))
			}
		}
	}
}

func TestSlowServer(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/header", "/body"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			// Closing the server waits for the handler: it saw the connection go.
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if path == "/body" {
					w.Write([]byte("begin"))
					w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of net/http
				}
				<-r.Context().Done()
			})
			c := newClient(t, egress.Config{})
			// A busy machine may not get as far as the handler: give it more time.
			for limit := 50 * time.Millisecond; s.hits.Load() == 0; limit *= 2 {
				opts := options(t, s.place())
				opts.Limits.RequestTime = limit
				_, err := get(t, c, s.URL+path, opts)
				wantError(t, err, hostapi.CodeTimeout, "request time limit of "+limit.String()+" reached")
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v is not context.DeadlineExceeded", err)
				}
			}
		})
	}
}

func TestCancelReachesSocket(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("begin"))
		w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of net/http
		cancel()
		<-r.Context().Done()
		close(left)
	})
	c := newClient(t, egress.Config{})
	_, err := c.Send(newRequest(t, http.MethodGet, s.URL, "").WithContext(ctx), options(t, s.place()))
	wantError(t, err, hostapi.CodeCanceled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	<-left
}

func TestTime(t *testing.T) {
	t.Parallel()
	hang := memory(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	tests := []struct {
		name string
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		code hostapi.Code
		text string
		took time.Duration
	}{
		{
			name: "of the request", code: hostapi.CodeTimeout, text: "request time limit of 30s reached", took: 30 * time.Second,
			ctx: context.WithCancel,
		},
		{
			name: "of the task", code: hostapi.CodeTimeout, text: "timed out while", took: 10 * time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 10*time.Second)
			},
		},
		{
			name: "of the task, as a cause", code: hostapi.CodeTimeout, text: "timed out while", took: 10 * time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(10*time.Second, func() { cancel(&hostapi.Error{Code: hostapi.CodeTimeout}) })
				return ctx, func() { cancel(nil) }
			},
		},
		{
			name: "until the task is cancelled", code: hostapi.CodeCanceled, text: "cancelled", took: 10 * time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(10*time.Second, cancel)
				return ctx, cancel
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, egress.Config{Transport: hang})
				ctx, cancel := tt.ctx(t.Context())
				defer cancel()
				start := time.Now()
				_, err := c.Send(newRequest(t, http.MethodGet, "http://a.test/", "").WithContext(ctx), options(t, "a.test"))
				wantError(t, err, tt.code, tt.text)
				if got := time.Since(start); got != tt.took {
					t.Errorf("took %v, want %v", got, tt.took)
				}
			})
		})
	}
}

// closing records that it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestBodyOfRefusedRequestIsClosed(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{Transport: answers(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })})
	refusing := options(t, "a.test")
	refusing.Hop = func(*http.Request) error { return errors.New("no token") }
	sends := map[string]func(*http.Request) error{
		"denied": func(req *http.Request) error { _, err := c.Send(req, options(t)); return err },
		"hop":    func(req *http.Request) error { _, err := c.Send(req, refusing); return err },
		"own":    func(req *http.Request) error { _, err := c.RoundTrip(req, nil); return err }, //nolint:bodyclose // there is no answer
	}
	for name, send := range sends {
		req := newRequest(t, http.MethodPost, "http://a.test/", "body")
		body := &closing{Reader: req.Body}
		req.Body = body
		if err := send(req); err == nil {
			t.Errorf("%s: no error, want one", name)
		}
		if !body.closed {
			t.Errorf("%s: the body was left open", name)
		}
	}
}

func TestNothingOutlivesSend(t *testing.T) {
	t.Parallel()
	var ctx context.Context
	c := newClient(t, egress.Config{Transport: memory(func(req *http.Request) (*http.Response, error) {
		ctx = req.Context() //nolint:fatcontext // to look at it afterwards
		return answers(func(http.ResponseWriter, *http.Request) {})(req)
	})})
	if _, err := get(t, c, "http://a.test/", options(t, "a.test")); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() == nil {
		t.Error("the context of the request is still alive after Send")
	}
}

func TestMemoryTransportMayLeaveOutBody(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{Transport: memory(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Request: req}, nil
	})})
	for _, redirects := range []int{0, 5} {
		opts := options(t, "a.test")
		opts.Limits.Redirects = redirects
		resp, err := get(t, c, "http://a.test/", opts)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := resp.Status, http.StatusOK; got != want || len(resp.Body) != 0 {
			t.Errorf("status %d and %d bytes, want %d and none", got, len(resp.Body), want)
		}
	}
}

func TestMemoryTransportMayLeaveOutLength(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{Transport: memory(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Request: req, Body: io.NopCloser(strings.NewReader("body"))}, nil
	})})
	opts := options(t, "a.test")
	opts.Limits.ResponseBytes = 4
	resp, err := get(t, c, "http://a.test/", opts)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(resp.Body), "body"; got != want {
		t.Errorf("body %q, want %q", got, want)
	}
	opts.Limits.ResponseBytes = 3
	_, err = get(t, c, "http://a.test/", opts)
	wantError(t, err, hostapi.CodeLimit, "response size limit of 3 bytes reached")
}
