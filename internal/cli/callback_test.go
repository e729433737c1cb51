package cli

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// TestCallback holds what each request of a browser is answered, and which of them
// ends the wait.
func TestCallback(t *testing.T) {
	t.Parallel()
	otherState := &hostapi.Error{Code: hostapi.CodeDenied, Message: "state mismatch", Reason: connection.ErrStateMismatch}
	denied := &hostapi.Error{Code: hostapi.CodeConnection, Op: "connect", Name: "crm", Message: "refused (<b>no</b>)", Hint: "ask <i>her</i>"}
	c := &callback{path: "/oauth2callback", done: make(chan error, 1)}
	redeemed := 0
	c.redeem = func(v url.Values) error {
		redeemed++
		if v.Get("state") != "right" {
			return otherState
		}
		return denied
	}
	for _, step := range []struct {
		method, target string
		status         int
		want           string
		redeemed       int
		over           bool
	}{
		{"GET", "/favicon.ico", 404, "There is nothing here", 0, false},
		{"GET", "/oauth2callback/", 404, "There is nothing here", 0, false},
		{"POST", "/oauth2callback?state=right", 405, "There is nothing here", 0, false},
		{"HEAD", "/oauth2callback?state=right", 405, "", 0, false},
		{"GET", "/oauth2callback?state=wrong", 400, "state mismatch", 1, false},
		{"GET", "/oauth2callback?state=right", 400, "refused (&lt;b&gt;no&lt;/b&gt;)</p>\n<p>ask &lt;i&gt;her&lt;/i&gt;", 2, true},
		{"GET", "/oauth2callback?state=right", 410, "nothing left to do", 2, true},
	} {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), step.method, step.target, http.NoBody))
		if w.Code != step.status || !strings.Contains(w.Body.String(), step.want) || redeemed != step.redeemed || c.over != step.over {
			t.Errorf("%s %s: %d %q, redeemed %d, over %t", step.method, step.target, w.Code, w.Body, redeemed, c.over)
		}
		h := w.Header()
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s %s: header %v", step.method, step.target, h)
		}
		if strings.Contains(strings.ToLower(w.Body.String()), "<script") {
			t.Errorf("the page has a script: %s", w.Body)
		}
	}
	c.end(errors.New("late"))
	if err := <-c.done; !errors.Is(err, denied) {
		t.Errorf("it ended with %v", err)
	}
}

func TestListenForCallback(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ redirectURI, want, err string }{
		{"", "http://127.0.0.1:PORT/oauth2callback", ""},
		{"http://127.0.0.1/a%2Fb", "http://127.0.0.1:PORT/a%2Fb", ""},
		{"http://localhost", "http://localhost:PORT", ""},
		{"https://127.0.0.1/x", "", "is not on this machine"},
		{"http://127.0.0.1.example.com/x", "", "is not on this machine"},
		{"http://192.0.2.1/x", "", "is not on this machine"},
		{"urn:ietf:wg:oauth:2.0:oob", "", "is not on this machine"},
	} {
		c, err := listenForCallback(t.Context(), "crm", test.redirectURI)
		if test.err != "" {
			if hostapi.CodeOf(err) != hostapi.CodeConfig || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error %v", test.redirectURI, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(c.uri)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Replace(c.uri, ":"+u.Port(), ":PORT", 1); got != test.want || u.Port() == "" {
			t.Errorf("%q: got %q, want %q", test.redirectURI, c.uri, test.want)
		}
		c.close(t.Context())
	}
}

// TestAwaitTellsOfNoBrowser holds that a missing browser is noted, and no more.
func TestAwaitTellsOfNoBrowser(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	a := &app{out: newPrinter(&stdout, &stderr)}
	opened, done := make(chan error), make(chan error, 1)
	go func() {
		opened <- errors.New("there is \x1b none")
		done <- nil
	}()
	if err := a.await(done, opened); err != nil {
		t.Error(err)
	}
	if got, want := stderr.String(), "postern: note: no browser could be opened: there is \\u001b none\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIsWebPage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"https://id.example.com/go": true, "http://127.0.0.1:1/go": true, "http://[::1]/go": true, "http://localhost/": true,
		"": false, "http://id.example.com/": false, "file:///etc/passwd": false, "javascript:alert(1)": false,
		"--help": false, "https:": false, "https:///x": false, "smb://host/x": false, "\x00": false,
	} {
		if got := isWebPage(text); got != want {
			t.Errorf("isWebPage(%q) = %t, want %t", text, got, want)
		}
	}
}

// TestBrowserIsTheEnvs holds that a program that embeds the command decides how
// pages are opened.
func TestBrowserIsTheEnvs(t *testing.T) {
	t.Parallel()
	var got string
	a := &app{env: Env{OpenBrowser: func(_ context.Context, url string) error { got = url; return nil }}}
	if err := <-a.browse(t.Context(), "https://x/", false); err != nil || got != "https://x/" {
		t.Errorf("%q, %v", got, err)
	}
	if a.browse(t.Context(), "https://x/", true) != nil {
		t.Error("an unwanted page was opened")
	}
}
