package connection_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// A response 101 has the bare connection, which ignores timeouts, as its body: token,
// discovery, device and API requests end in time nevertheless.
func TestServerThatSwitchesProtocols(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
				_, _ = io.Copy(io.Discard, conn) // until the client has gone
				_ = conn.Close()
			}()
		}
	}()
	url := "http://" + listener.Addr().String()
	client := egress.New(egress.Config{})
	t.Cleanup(client.Close)
	set := parse(t, strings.NewReplacer("URL", url, "HOST", listener.Addr().String()).Replace(`
[connections.token]
grant = "client_credentials"
token_endpoint = "URL/token"
client_id = "id"
token_endpoint_auth_method = "none"

[connections.discovery]
grant = "client_credentials"
issuer = "URL"
client_id = "id"
token_endpoint_auth_method = "none"

[connections.device]
grant = "device_code"
token_endpoint_auth_method = "none"
device_authorization_endpoint = "URL/device"
token_endpoint = "URL/token"
client_id = "id"

[connections.api]
grant = "static"
token = "not-a-secret"
allow_plaintext = true
hosts = ["HOST"]
`))
	m, err := connection.NewManager(connection.Config{Set: set, Egress: client})
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func(context.Context) error{
		"token":     func(ctx context.Context) error { _, err := m.Token(ctx, "token", 0); return err },
		"discovery": func(ctx context.Context) error { _, err := m.Token(ctx, "discovery", 0); return err },
		"device":    func(ctx context.Context) error { _, err := m.AuthorizeDevice(ctx, "device"); return err },
		"api": func(ctx context.Context) error {
			_, err := m.Do(ctx, &hostapi.Grant{Connections: []string{"api"}, Limits: hostapi.DefaultLimits()},
				&hostapi.Request{Method: http.MethodGet, URL: url + "/", AuthSetting: "api"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ask(t.Context())
			if code := hostapi.CodeOf(err); code != hostapi.CodeNetwork && code != hostapi.CodeConnection {
				t.Errorf("error %v with code %s, want one of the network", err, code)
			}
		})
	}
}
