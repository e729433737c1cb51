package egress_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/postern-dev/postern/egress"
)

// notebook is a jar that notes what it is asked and told.
type notebook struct{ lines []string }

func (n *notebook) Cookie(u *url.URL) string {
	n.lines = append(n.lines, "ask "+u.String())
	return "jar=" + u.Host
}

func (n *notebook) SetCookie(u *url.URL, values []string) {
	for _, v := range values {
		n.lines = append(n.lines, "set "+u.String()+" "+v)
	}
}

func TestCookieJar(t *testing.T) {
	t.Parallel()
	var sent []string
	network := answers(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.URL.String()+" "+r.Header.Get("Cookie"))
		if len(r.Header["Cookie"]) > 1 {
			t.Errorf("%d Cookie headers", len(r.Header["Cookie"]))
		}
		w.Header().Add("Set-Cookie", "from="+r.URL.Host)
		switch r.URL.Path {
		case "/1":
			redirect(w, http.StatusFound, "/2")
		case "/2":
			redirect(w, http.StatusFound, "https://b.test/3")
		}
	})
	c := newClient(t, egress.Config{Transport: network})
	jar := new(notebook)
	opts := options(t, "a.test", "b.test")
	opts.Cookies = jar
	opts.Hop = func(r *http.Request) error {
		u := *r.URL
		u.RawQuery = "credential"
		r.URL = &u
		if r.URL.Path == "/3" {
			r.Header.Set("Cookie", "credential")
		}
		return nil
	}
	req := newRequest(t, http.MethodGet, "https://a.test/1", "")
	req.Header.Set("Cookie", "own=1")
	resp, err := c.Send(req, opts)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Set-Cookie"); got != "from=b.test" {
		t.Errorf("the answer sets %q", got)
	}
	if want := []string{
		"https://a.test/1?credential own=1; jar=a.test",
		"https://a.test/2?credential own=1; jar=a.test",
		"https://b.test/3?credential credential", // Hop has the last word
	}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
	// The jar sees nothing of what Hop puts in.
	if want := []string{
		"ask https://a.test/1", "set https://a.test/1 from=a.test", "ask https://a.test/2", "set https://a.test/2 from=a.test",
		"ask https://b.test/3", "set https://b.test/3 from=b.test",
	}; !slices.Equal(jar.lines, want) {
		t.Errorf("the jar was told %q, want %q", jar.lines, want)
	}
}

// Without a jar nothing is kept, and a refused request asks for no cookie.
func TestNoCookieJar(t *testing.T) {
	t.Parallel()
	var sent []string
	c := newClient(t, egress.Config{Transport: answers(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header["Cookie"]...)
		w.Header().Set("Set-Cookie", "sid=1")
		if r.URL.Path == "/1" {
			redirect(w, http.StatusFound, "/2")
		}
	})})
	for range 2 {
		if _, err := get(t, c, "https://a.test/1", options(t, "a.test")); err != nil {
			t.Fatal(err)
		}
	}
	if len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
	jar := new(notebook)
	opts := options(t)
	opts.Cookies = jar
	if _, err := get(t, c, "https://a.test/1", opts); err == nil || len(jar.lines) > 0 {
		t.Errorf("err %v, the jar was told %q", err, jar.lines)
	}
}
