package cli

import (
	"context"
	"errors"
	"html/template"
	"io"
	"log" //nolint:depguard // net/http takes no other logger
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// anyPort is the callback of a connection that has no redirect_uri. A server lets
// the port vary and nothing else, RFC 8252 §7.3, so the path is fixed.
const anyPort = "http://127.0.0.1/oauth2callback"

// callback waits on this machine for the browser that an authorization server
// sends back.
type callback struct {
	uri    string                 // where the server sends it
	redeem func(url.Values) error // set before serve
	done   chan error             // gets how it ended, once

	path     string
	listener net.Listener
	server   *http.Server

	mu   sync.Mutex
	over bool
}

// listenForCallback listens where redirectURI leads, or, if that is empty or names
// no port, on any free port.
func listenForCallback(ctx context.Context, name, redirectURI string) (*callback, error) {
	fail := func(message, hint string) (*callback, error) {
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: "connect", Name: name, Message: message, Hint: hint}
	}
	if redirectURI == "" {
		redirectURI = anyPort
	}
	u, err := url.Parse(redirectURI)
	if err != nil || u.Scheme != "http" || !hostapi.IsLoopback(u.Hostname()) {
		return fail("redirect_uri is not on this machine",
			"register "+anyPort+" with the server as well, and write that as redirect_uri, or any other http URL of 127.0.0.1")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", loopbackAddress(u))
	if err != nil {
		return fail("cannot listen at "+u.Host+" for the callback", "is another program using the port?")
	}
	if u.Port() == "" {
		_, port, _ := net.SplitHostPort(listener.Addr().String()) // it has one
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	c := &callback{uri: u.String(), path: u.Path, listener: listener, done: make(chan error, 1)}
	if c.path == "" {
		c.path = "/" // what a browser asks for
	}
	return c, nil
}

func (c *callback) serve() {
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	c.server.SetKeepAlivesEnabled(false)
	go func() { _ = c.server.Serve(c.listener) }() // ends with close
}

// close stops listening, when the browser has its response.
func (c *callback) close(ctx context.Context) {
	_ = c.listener.Close() // if it did not come to serve
	if c.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = c.server.Shutdown(ctx) // the process ends
}

// end says how it ended, unless it has ended before.
func (c *callback) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(err)
}

func (c *callback) endLocked(err error) {
	if !c.over {
		c.over = true
		c.done <- err
	}
}

// ServeHTTP implements [http.Handler].
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != c.path:
		respond(w, http.StatusNotFound, "There is nothing here", "", "")
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		respond(w, http.StatusMethodNotAllowed, "There is nothing here", "", "")
	default:
		c.take(w, r.URL.Query())
	}
}

// take redeems a callback. One that belongs to another attempt does not count:
// any page that the user has open could send it.
func (c *callback) take(w http.ResponseWriter, parameters url.Values) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		respond(w, http.StatusGone, "This is over", "There is nothing left to do on this page.", "")
		return
	}
	err := c.redeem(parameters)
	if err == nil {
		respond(w, http.StatusOK, "Connected", "You can close this page and go back to the terminal.", "")
	} else {
		text, advice := err.Error(), ""
		if e, ok := asHost(err); ok {
			advice = hint(e)
		}
		respond(w, http.StatusBadRequest, "Not connected", text, advice)
	}
	if !errors.Is(err, connection.ErrStateMismatch) {
		c.endLocked(err)
	}
}

const callbackPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Postern: {{.Title}}</title>
<h1>{{.Title}}</h1>
{{with .Text}}<p>{{.}}</p>
{{end}}{{with .Advice}}<p>{{.}}</p>
{{end}}`

// respond writes a page for the user. What a server said may be in it, so nothing
// on it can run.
func respond(w http.ResponseWriter, status int, title, text, advice string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address holds a code
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	page := template.Must(template.New("page").Parse(callbackPage))
	_ = page.Execute(w, struct{ Title, Text, Advice string }{title, text, advice}) // fails only when the browser has gone
}

// callbackOf returns what to register with the server for a redirect_uri, and
// whether the port of it is another each time.
func callbackOf(redirectURI string) (callbackURL string, port bool) {
	if redirectURI == "" {
		return anyPort, true
	}
	u, err := url.Parse(redirectURI)
	return redirectURI, err == nil && u.Scheme == "http" && hostapi.IsLoopback(u.Hostname()) && u.Port() == ""
}
