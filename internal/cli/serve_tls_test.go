package cli_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/cli"
)

// watched is a stream that tells when a text was written to it.
type watched struct {
	text string
	seen chan struct{}
}

// Write implements [io.Writer].
func (w *watched) Write(p []byte) (int, error) {
	if w.text != "" && strings.Contains(string(p), w.text) {
		w.text = ""
		close(w.seen)
	}
	return len(p), nil
}

// The server ends TLS itself, and speaks HTTP/2 and HTTP/1.1.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	sample := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(sample.Close)
	pair := sample.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close() // its port is free now
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"cert.pem":    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}),
		"key.pem":     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"postern.key": []byte(strings.Repeat("A", 43) + "=\n"),
		"server.toml": fmt.Appendf(nil, "listen = %[1]q\nurl = \"https://%[1]s\"\nisolation = \"inprocess\"\nstore = \"sqlite:postern.db\"\nkey = \"file:postern.key\"\n[tls]\ncert_file = \"cert.pem\"\nkey_file = \"key.pem\"\n", address),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	log := &watched{text: "postern: serving https://" + address, seen: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Main(ctx, cli.Env{
			Args: []string{"serve", "--config", filepath.Join(dir, "server.toml")}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: log,
			LookupEnv: func(string) (string, bool) { return "", false },
		})
	}()
	defer func() {
		cancel()
		if status := <-ended; status != 0 {
			t.Errorf("serve: status %d", status)
		}
	}()
	select {
	case <-log.seen:
	case status := <-ended:
		ended <- status
		t.Fatal("the server has ended")
	}
	roots := x509.NewCertPool()
	roots.AddCert(sample.Certificate())
	for _, protocol := range []string{"HTTP/2.0", "HTTP/1.1"} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: protocol == "HTTP/2.0"}
		response, err := (&http.Client{Transport: transport}).Get("https://" + address + "/healthz") //nolint:noctx // ends with the server
		if err != nil {
			t.Errorf("%s: %v", protocol, err)
			continue
		}
		_ = response.Body.Close()
		transport.CloseIdleConnections()
		if response.StatusCode != http.StatusOK || response.Proto != protocol || response.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %s %d %v", protocol, response.Proto, response.StatusCode, response.Header)
		}
	}
}
