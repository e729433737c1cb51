package testservers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// process is a server process. It ends when its standard input is closed, at the latest with the
// test process.
type process struct {
	ready string // the first line of its output
	stdin io.WriteCloser
}

// serve starts a server, whose first line of output signals that it is ready.
func serve(cmd *exec.Cmd, input string) (*process, error) {
	var stderr strings.Builder
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
	p := &process{stdin: stdin}
	output := bufio.NewReader(stdout)
	_, err = io.WriteString(stdin, input)
	if err == nil {
		p.ready, err = output.ReadString('\n')
	}
	if err != nil {
		_ = stdin.Close()
		_ = cmd.Wait() // says no more than its output does
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	go func() { _, _ = io.Copy(io.Discard, output) }() // a server that cannot write might stop
	return p, nil
}

// moduleRoot returns the folder of go.mod. Tests run in the folder of their package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("there is no go.mod in this folder or above it")
		}
		dir = parent
	}
}
