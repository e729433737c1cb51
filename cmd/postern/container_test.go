package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestContainer runs the image of the Containerfile, as make container builds it, without its namespaces: a server starts in its
// volume as the user of the image, and runs a script in a worker process.
func TestContainer(t *testing.T) {
	t.Parallel()
	image := os.Getenv("POSTERN_IMAGE")
	if image == "" {
		t.Skip("make container does it")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	given := t.TempDir()
	if err := os.Chmod(given, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(given, "answer.js"), []byte(`engine.setData("q", 6 * 7)`), 0o644); err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSpace(string(output(t, exec.Command("buildah", "from", image)))) //nolint:noctx // at once
	t.Cleanup(func() { _ = exec.Command("buildah", "rm", name).Run() })                  //nolint:noctx // of this test
	inside := func(env string, args ...string) *exec.Cmd {
		args = append([]string{
			"run", "--isolation", "chroot", "-v", given + ":/given:ro", "--env", "POSTERN_URL=http://" + address, "--env", "POSTERN_LISTEN=" + address,
			"--env", env, name, "/postern",
		}, args...)
		return exec.CommandContext(t.Context(), "buildah", args...)
	}
	serve := inside("A=", "serve")
	serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
	serve.WaitDelay = 10 * time.Second
	log, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	lines, started := bufio.NewScanner(log), false
	for !started && lines.Scan() {
		t.Log(lines.Text())
		started = strings.HasPrefix(lines.Text(), "postern: serving http://"+address)
	}
	if !started {
		t.Fatal("the server does not start")
	}
	go io.Copy(io.Discard, log)                                //nolint:errcheck // it ends with the server
	response, err := http.Get("http://" + address + "/readyz") //nolint:noctx // of this test
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("not ready: %v %v", response, err)
	}
	_ = response.Body.Close()
	output(t, inside("A=", "user", "add", "ops@example.com", "--role", "operator"))
	token := "POSTERN_TOKEN=" + strings.TrimSpace(string(output(t, inside("A=", "user", "token", "ops@example.com", "--scope", "all", "--expires", "1d"))))
	output(t, inside(token, "tasks", "register", "answer", "/given/answer.js", "--server", "http://"+address))
	if got := output(t, inside(token, "run", "answer", "--server", "http://"+address)); !bytes.Contains(got, []byte("42")) {
		t.Errorf("the run: %s", got)
	}
}

func output(t *testing.T, c *exec.Cmd) []byte {
	t.Helper()
	out, err := c.Output()
	if err != nil {
		stderr := ""
		if e, ok := err.(*exec.ExitError); ok { //nolint:errorlint // it is returned as it is
			stderr = string(e.Stderr)
		}
		t.Fatalf("%v: %v %s", c.Args, err, stderr)
	}
	return out
}
