package egress_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Servers that compare the letters of header names get the ones of the script.
func TestHeaderLetters(t *testing.T) {
	t.Parallel()
	sent := make(chan string, 3)
	place := talker(t, nil, func(c *talk) {
		for {
			var head strings.Builder
			for {
				line, err := c.r.ReadString('\n')
				if err != nil {
					return
				}
				if line == "\r\n" {
					break
				}
				head.WriteString(line)
			}
			sent <- head.String()
			if strings.HasPrefix(head.String(), "GET /1 ") {
				c.say("HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n")
			} else {
				c.say("HTTP/1.1 200 OK\r\nx-ANSWER: yes\r\nContent-Length: 0\r\n\r\n")
			}
		}
	})
	c := newClient(t, egress.Config{})
	resp, err := c.Do(t.Context(), &hostapi.Grant{Allow: rules(t, place), Limits: hostapi.DefaultLimits(), Cookies: &notebook{}}, &hostapi.Request{
		Method: "GET", URL: "http://" + place + "/1", Header: []hostapi.Param{
			{Name: "SOAPAction", Value: "a"},
			{Name: "soapaction", Value: "b"},
			{Name: "X_UNDER", Value: "c"},
			{Name: "x-lower", Value: "d"},
			{Name: "X-Usual", Value: "e"},
			{Name: "user-AGENT", Value: "mine"},
			{Name: "cookie", Value: "f=g"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("X-Answer") != "yes" || resp.Header.Get("x-answer") != "yes" {
		t.Errorf("header %v of the response", resp.Header)
	}
	for range 2 { // the redirect too
		head := <-sent
		for _, want := range []string{"SOAPAction: a\r\nSOAPAction: b\r\n", "X_UNDER: c\r\n", "x-lower: d\r\n", "X-Usual: e\r\n", "user-AGENT: mine\r\n", "cookie: f=g"} {
			if !strings.Contains(head, want) {
				t.Errorf("%q has no %q", head, want)
			}
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(r.Header["User-Agent"]); n != 1 {
			t.Errorf("%d User-Agent in %q", n, head)
		}
	}
}

// HTTP/2 has lower case alone, RFC 9113 §8.2.1.
func TestHeaderLettersOfHTTP2(t *testing.T) {
	t.Parallel()
	c, target, allow := newHTTP2(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Soapaction") != "a" || r.Header.Get("User-Agent") != "mine" || len(r.Header["User-Agent"]) != 1 {
			t.Errorf("header %v", r.Header)
		}
	})
	_, err := c.Do(t.Context(), &hostapi.Grant{Allow: rules(t, allow), Limits: hostapi.DefaultLimits()}, &hostapi.Request{
		Method: "GET", URL: target, Header: []hostapi.Param{{Name: "SOAPAction", Value: "a"}, {Name: "user-agent", Value: "mine"}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Credentials in other letters are credentials: another origin does not get them.
func TestCredentialsInOtherLettersStayAtOrigin(t *testing.T) {
	t.Parallel()
	network := &hops{to: map[string]string{"http://a.test/": "http://b.test/"}, code: http.StatusFound}
	c := newClient(t, egress.Config{Transport: network})
	_, err := c.Do(t.Context(), &hostapi.Grant{Allow: rules(t, "a.test", "b.test"), Limits: hostapi.DefaultLimits()}, &hostapi.Request{
		Method: "GET", URL: "http://a.test/", Header: []hostapi.Param{{Name: "authorization", Value: "secret"}, {Name: "COOKIE", Value: "secret"}, {Name: "x-Other", Value: "open"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"secret", ""} {
		h := network.seen[i].Header
		if got := strings.Join(append(h["authorization"], h["COOKIE"]...), ""); got != want+want || h["x-Other"][0] != "open" || h.Get("Authorization")+h.Get("Cookie") != "" { //nolint:staticcheck // what a script may write
			t.Errorf("hop %d: header %v", i, h)
		}
	}
}

// What is really sent is counted: redirects, what is refused by the server, what the
// network fails on; not what no rule allows.
func TestTraffic(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/307":
			redirect(w, http.StatusTemporaryRedirect, "/200")
			w.Write([]byte("to"))
		case "/303":
			redirect(w, http.StatusSeeOther, "/200")
		case "/denied":
			redirect(w, http.StatusTemporaryRedirect, "http://b.test/")
		default:
			w.Write([]byte("body"))
		}
	})
	c := newClient(t, egress.Config{})
	tests := []struct {
		path string
		body string
		want hostapi.Traffic
	}{
		{"/200", "123", hostapi.Traffic{Requests: 1, RequestBytes: 3, ResponseBytes: 4}},
		{"/307", "123", hostapi.Traffic{Requests: 2, RequestBytes: 6, ResponseBytes: 6}},
		{"/303", "123", hostapi.Traffic{Requests: 2, RequestBytes: 3, ResponseBytes: 4}},
		{"/denied", "123", hostapi.Traffic{Requests: 1, RequestBytes: 3}},
		{"", "", hostapi.Traffic{}}, // to a place that no rule allows
	}
	for _, tt := range tests {
		var traffic hostapi.Traffic
		opts := options(t, s.place())
		opts.Traffic = &traffic
		target := s.URL + tt.path
		if tt.path == "" {
			target = "http://b.test/"
		}
		_, _ = c.Send(newRequest(t, http.MethodPost, target, tt.body), opts)
		if traffic != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.path, traffic, tt.want)
		}
	}
}

// A server may close a connection in the moment that a request takes it. Then another
// one is used, if the request may be sent twice. What follows a redirect and may not
// takes another one from the beginning.
func TestConnectionClosedUnderARequest(t *testing.T) {
	t.Parallel()
	for method, again := range map[string]bool{"GET": true, "HEAD": true, "PUT": true, "DELETE": true, "QUERY": true, "POST": false, "PATCH": false} {
		for _, first := range []string{"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 307 Temporary Redirect\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n"} {
			redirected := strings.Contains(first, "Location")
			t.Run(fmt.Sprintf("%s, redirected: %v", method, redirected), func(t *testing.T) {
				t.Parallel()
				var connections atomic.Int32
				place := talker(t, nil, func(c *talk) {
					n := connections.Add(1)
					r, err := c.request()
					if err != nil {
						return
					}
					if _, ok := r.Header["X-Idempotency-Key"]; ok {
						t.Errorf("header %v", r.Header)
					}
					if n > 1 {
						c.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
						c.untilGone()
						return
					}
					c.say(first)
					c.request() //nolint:errcheck // it is not answered
				})
				c := newClient(t, egress.Config{})
				send := func() (*hostapi.Response, error) {
					return c.Send(newRequest(t, method, "http://"+place+"/1", "body"), options(t, place))
				}
				resp, err := send()
				if !redirected {
					if err != nil || resp.Status != http.StatusNoContent {
						t.Fatalf("%v, %v; want 204", resp, err)
					}
					resp, err = send()
				}
				if !redirected && !again {
					wantError(t, err, hostapi.CodeNetwork, "closed the connection")
				} else if err != nil || resp.Status != http.StatusOK {
					t.Errorf("%v, %v; want 200", resp, err)
				}
				c.Close()
			})
		}
	}
}

// A tunnel would be out of sight, and an echo shows the credentials of the request.
func TestMethodsThatAreNeverSent(t *testing.T) {
	t.Parallel()
	network := &hops{}
	c := newClient(t, egress.Config{Transport: network})
	for _, method := range []string{"CONNECT", "TRACE", "TRACK", "track", "Trace"} {
		_, err := c.Send(newRequest(t, method, "http://a.test/", ""), options(t, "a.test"))
		wantError(t, err, hostapi.CodeDenied, "this method is never sent")
	}
	if n := len(network.seen); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
