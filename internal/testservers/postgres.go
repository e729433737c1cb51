package testservers

import (
	"bufio"
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

//go:embed postgres.sh
var postgresScript string

// postgresServer runs until the process ends: starting one takes seconds, and any test may be
// the last one to need it.
var postgresServer = sync.OnceValues(startPostgres) //nolint:gochecknoglobals // one server for all tests of a process

// Postgres returns the URL of an empty PostgreSQL database for the test alone, on a server that
// all tests of the process share. It skips the test if there is none: unless [Full] is true, since
// a server for each package is a fifth of the time of all tests, or if PostgreSQL is not installed, except in
// CI, where that fails the test.
func Postgres(tb testing.TB) string {
	tb.Helper()
	if !Full() {
		tb.Skip("tests use PostgreSQL with POSTERN_TESTS=full")
	}
	server, err := postgresServer()
	if err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	if server == nil {
		missing(tb, "PostgreSQL")
		tb.SkipNow()
	}
	name, err := server.take()
	if err != nil {
		tb.Fatalf("create a PostgreSQL database: %v", err)
	}
	tb.Cleanup(func() {
		if err := server.giveBack(name); err != nil {
			tb.Errorf("clear the PostgreSQL database: %v", err)
		}
	})
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", server.password),
		Host: net.JoinHostPort("127.0.0.1", server.port), Path: "/" + name, RawQuery: "sslmode=disable",
	}
	return u.String()
}

type postgres struct {
	bin      string // the folder of its programs
	port     string
	password string         // of user postgres
	stdin    io.WriteCloser // the server ends when this does, at the latest with the process
	stdout   *bufio.Reader

	mu        sync.Mutex
	databases int      // how many there are
	free      []string // those not in use
}

// RestartPostgres restarts the server of [Postgres] as after a failure, and waits until it takes
// connections. All tests of the process that use it lose theirs.
func RestartPostgres(tb testing.TB) {
	tb.Helper()
	server, err := postgresServer()
	if err == nil {
		err = server.tell("restart")
	}
	if err != nil {
		tb.Fatalf("restart PostgreSQL: %v", err)
	}
}

// tell writes a line to the script, and waits until the server is ready.
func (p *postgres) tell(line string) error {
	if _, err := fmt.Fprintln(p.stdin, line); err != nil {
		return err
	}
	_, err := p.stdout.ReadString('\n')
	return err
}

// take returns the name of an empty database that is not in use.
func (p *postgres) take() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		name := p.free[n-1]
		p.free = p.free[:n-1]
		return name, nil
	}
	p.databases++
	name := fmt.Sprintf("test%d", p.databases)
	return name, p.run("createdb", "--template", "template0", name)
}

// giveBack empties a database for another test, which is cheaper than creating a new one.
func (p *postgres) giveBack(name string) error {
	err := p.run("psql", "--quiet", "--dbname", name, "--command", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, name)
	return nil
}

// startPostgres returns a server that accepts connections, or nil if none is installed.
func startPostgres() (*postgres, error) {
	bin, err := findPostgres()
	if err != nil || bin == "" {
		return nil, err
	}
	// Another process may take the port before the server does.
	for range 3 {
		var server *postgres
		if server, err = runPostgres(bin); err == nil {
			return server, nil
		}
	}
	return nil, err
}

// findPostgres returns the folder of the newest server, or "" if there is none.
// Debian keeps servers out of the PATH, since there may be several.
func findPostgres() (string, error) {
	servers, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(servers) > 0 {
		return filepath.Dir(servers[len(servers)-1]), nil
	}
	program, err := exec.LookPath("initdb")
	if err != nil {
		return "", nil //nolint:nilerr // not installed is an answer
	}
	return filepath.Dir(program), nil
}

func runPostgres(bin string) (*postgres, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	args := []string{"sh", "-c", postgresScript, "postgres.sh", bin, port}
	if os.Getuid() == 0 { // the server refuses to run as root
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	var stderr strings.Builder
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // the script above; it ends with its input
	cmd.Dir = "/"                             // the user postgres may not enter ours
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	server := &postgres{bin: bin, port: port, password: rand.Text(), stdin: stdin, stdout: bufio.NewReader(stdout)}
	err = server.tell(server.password)
	if err != nil {
		_ = stdin.Close()
		_ = cmd.Wait() // says no more than its output does
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return server, nil
}

// freePort returns a port that was free a moment ago.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // waits for nothing
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return "", fmt.Errorf("%v is no TCP address", l.Addr())
	}
	return strconv.Itoa(addr.Port), nil
}

// run runs one of the server's client programs.
func (p *postgres) run(program string, args ...string) error {
	args = append([]string{"--host", "127.0.0.1", "--port", p.port, "--username", "postgres"}, args...)
	cmd := exec.Command(filepath.Join(p.bin, program), args...) //nolint:gosec,noctx // a program of the server's, for one statement
	cmd.Env = append(cmd.Environ(), "PGPASSWORD="+p.password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
