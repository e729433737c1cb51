package connectiontest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log" //nolint:depguard // net/http takes no other logger
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Server is a [Provider] listening on a loopback address. It is safe for concurrent use.
type Server struct {
	URL      string // such as "http://127.0.0.1:49152", without a slash at the end
	provider *Provider
	server   *http.Server
	done     chan struct{}
}

// Start serves p on addr, "host:port". The host must be a loopback address, since the
// secrets of a Provider are public; port 0 is a free port. Default: "127.0.0.1:0".
//
// The error is a *[hostapi.Error]: [hostapi.CodeConfig] if addr is invalid or not
// loopback, [hostapi.CodeNetwork] if it cannot be listened on.
func Start(addr string, p *Provider) (*Server, error) {
	addr = cmp.Or(addr, "127.0.0.1:0")
	p = cmp.Or(p, new(Provider))
	listener, err := listen(addr)
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL:      "http://" + listener.Addr().String(),
		provider: p,
		server:   &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)},
		done:     make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener) // ends when Close is called
	}()
	return s, nil
}

func listen(addr string) (net.Listener, error) {
	fail := func(code hostapi.Code, message, hint string, cause error) (net.Listener, error) {
		return nil, &hostapi.Error{Code: code, Op: "listen", Name: addr, Message: message, Hint: hint, Cause: cause}
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fail(hostapi.CodeConfig, "is not an address", "write host:port, such as 127.0.0.1:8085", nil)
	}
	if !hostapi.IsLoopback(host) {
		return fail(hostapi.CodeConfig, "is not a loopback address",
			"its secrets are public: listen on loopback only, such as 127.0.0.1:8085", nil)
	}
	listener, err := net.Listen("tcp", addr) //nolint:noctx // binding a loopback port does not wait
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fail(hostapi.CodeNetwork, "the port is in use", "is another one running? 127.0.0.1:0 takes a free port", nil)
	case err != nil:
		return fail(hostapi.CodeNetwork, "cannot listen there", "", err)
	}
	return listener, nil
}

// Close stops the server immediately and frees its port. The error is that of closing its
// listener.
func (s *Server) Close() error {
	if s.server == nil {
		return nil // it was not started
	}
	err := s.server.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Host returns the server's host:port.
func (s *Server) Host() string { return strings.TrimPrefix(s.URL, "http://") }

// OAuthTOML returns an oauth.toml with three connections to the server: "playground"
// (client credentials), "playground password" and "playground token" (a static token).
// One that the Provider has no account for is left out.
func (s *Server) OAuthTOML() string {
	var b strings.Builder
	p := cmp.Or(s.provider, new(Provider))
	client, clientSecret := first(p.clients())
	user, password := first(p.users())
	token, _ := first(p.tokens())

	b.WriteString("# Throw-away credentials of the playground. For anything else write env:NAME or\n" +
		"# file:PATH in place of a secret, and leave allow_plaintext out.\n")
	end := fmt.Sprintf("allow_plaintext = true\nhosts = [%s]\n", quote(s.Host()))
	if client != "" {
		fmt.Fprintf(&b, "\n[connections.playground]\ngrant = \"client_credentials\"\ntoken_endpoint = %s\n"+
			"client_id = %s\nclient_secret = %s\nscopes = [\"read\", \"write\"]\n%s",
			quote(s.URL+"/token"), quote(client), quote(clientSecret), end)
	}
	if client != "" && user != "" {
		fmt.Fprintf(&b, "\n[connections.\"playground password\"]\ngrant = \"password\"\nlegacy = true\ntoken_endpoint = %s\n"+
			"client_id = %s\nclient_secret = %s\nusername = %s\npassword = %s\nscopes = \"read\"\n%s",
			quote(s.URL+"/token"), quote(client), quote(clientSecret), quote(user), quote(password), end)
	}
	if token != "" {
		fmt.Fprintf(&b, "\n[connections.\"playground token\"]\ngrant = \"static\"\ntoken = %s\n%s", quote(token), end)
	}
	return b.String()
}

// first returns the entry with the smallest key among those with a value.
func first(m map[string]string) (key, value string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if m[k] != "" {
			return k, m[k]
		}
	}
	return "", ""
}

// quote returns s as a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteString(`\u00` + string(strconv.AppendInt(nil, int64(r)+0x100, 16))[1:])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
