package cli

import (
	"context"
	"html"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// callbackServer waits on this machine for a browser to come back from an
// authorization server, RFC 8252 §7.3.
type callbackServer struct {
	redirectURI string
	path        string
	server      *http.Server
	came        chan callback
}

// callback is what the browser brought, and where to say what came of it.
type callback struct {
	params url.Values
	done   chan<- error
}

// listenForCallback listens where redirectURI says, or on any free port.
func listenForCallback(ctx context.Context, redirectURI string) (*callbackServer, error) {
	address, path := "127.0.0.1:0", "/callback"
	if redirectURI != "" {
		u, err := url.Parse(redirectURI)
		if err != nil || u.Scheme != "http" || !isLoopbackHost(u.Hostname()) || u.Port() == "" {
			return nil, usageError("connect", "redirect_uri is not on this machine",
				"the command waits at http://127.0.0.1:PORT/…: register that, and write it or leave redirect_uri out")
		}
		address, path = u.Host, u.EscapedPath()
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, usageError("connect", "cannot listen at "+address+" for the callback", "is another program using the port?")
	}
	s := &callbackServer{redirectURI: redirectURI, path: path, came: make(chan callback)}
	if redirectURI == "" {
		s.redirectURI = "http://" + listener.Addr().String() + path
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() { _ = s.server.Serve(listener) }() // ends with close
	return s, nil
}

func isLoopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *callbackServer) close() { _ = s.server.Close() }

// ServeHTTP implements [http.Handler].
func (s *callbackServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet || r.URL.EscapedPath() != s.path {
		w.WriteHeader(http.StatusNotFound)
		page(w, "There is nothing here.", "")
		return
	}
	done := make(chan error, 1)
	select {
	case s.came <- callback{r.URL.Query(), done}:
	case <-r.Context().Done():
		return
	}
	select {
	case err := <-done:
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			page(w, "It did not work.", err.Error())
			return
		}
		page(w, "Connected.", "You can close this page.")
	case <-r.Context().Done():
	}
}

func page(w http.ResponseWriter, title, text string) {
	_, _ = w.Write([]byte("<!doctype html><title>Postern</title><h1>" + html.EscapeString(title) + "</h1><p>" +
		strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + "</p>\n"))
}

// wait hands the callback to redeem, and tells the browser what came of it. A
// callback that does not belong to the attempt is refused, and the wait goes on:
// any page can send a browser here.
func (s *callbackServer) wait(ctx context.Context, redeem func(context.Context, callback) error) error {
	for {
		select {
		case c := <-s.came:
			err := redeem(ctx, c)
			c.done <- err
			if hostapi.CodeOf(err) == hostapi.CodeDenied {
				continue
			}
			shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			_ = s.server.Shutdown(shutdown) // lets the page out
			return err
		case <-ctx.Done():
			return &hostapi.Error{
				Code: hostapi.CodeOf(ctx.Err()), Op: "connect", Message: "nobody came back from the server",
				Hint: "begin again; is " + s.redirectURI + " registered as the redirect URI?",
			}
		}
	}
}
