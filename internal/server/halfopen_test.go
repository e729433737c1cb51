package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/server"
)

// halfOpenAt is a variable with an address: a copy of the test's program then holds halfOpen connections to it, each
// with a header that does not end. Another process has descriptors for them.
const (
	halfOpenAt = "POSTERN_TEST_HALF_OPEN"
	halfOpen   = 10_500
)

// holdHalfOpen says when it has opened the connections, and how many were closed until its input ends.
func holdHalfOpen(address string) {
	var closed atomic.Int64
	var waiting sync.WaitGroup
	for range halfOpen {
		conn, err := net.DialTimeout("tcp", address, time.Minute) //nolint:noctx // of a process that ends
		if err != nil {
			_, _ = fmt.Fprintln(os.Stdout, err) // the parent sees that it has ended
			os.Exit(1)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+address+"\r\n") // it may have been closed already
		waiting.Go(func() {
			_, _ = io.Copy(io.Discard, conn) // until the server closes it
			closed.Add(1)
		})
	}
	_, _ = fmt.Fprintln(os.Stdout, "open") // as above
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "all" {
			waiting.Wait()
		}
		_, _ = fmt.Fprintln(os.Stdout, closed.Load()) // as above
	}
	os.Exit(0)
}

// More connections than the bound, none of which sends a whole header, keep no other from being served: those that are
// open for longest end, and the others when the header is due.
func TestHalfOpenConnections(t *testing.T) {
	t.Parallel()
	address := serveWith(t, server.Config{ReadHeaderTimeout: 5 * time.Second}, nil)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), halfOpenAt+"="+address)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait() // it has said what there is to say
	})
	output := bufio.NewReader(stdout)
	line := func() string {
		t.Helper()
		text, err := output.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(text)
	}
	if text := line(); text != "open" {
		t.Fatal(text)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	for range 20 {
		response, err := client.Get("http://" + address + "/healthz") //nolint:noctx // it has a Timeout
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("with %d half-open connections: %v, %v", halfOpen, response, err)
		}
		_ = response.Body.Close()
	}
	const bound = 10_000
	var closed int
	for deadline := time.Now().Add(10 * time.Second); halfOpen-closed > bound; { // the other process learns of it a little later
		_, _ = fmt.Fprintln(stdin, "now")
		if _, err := fmt.Sscan(line(), &closed); err != nil || time.Now().After(deadline) {
			t.Fatalf("%d of %d connections were closed, %v", closed, halfOpen, err)
		}
	}
	_, _ = fmt.Fprintln(stdin, "all")
	if _, err := fmt.Sscan(line(), &closed); err != nil || closed != halfOpen {
		t.Errorf("%d of %d connections were closed in the end, %v", closed, halfOpen, err)
	}
}
