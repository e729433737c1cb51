package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/store"
)

// roleVariable starts this test program as a separate process: its role, and the
// database.
const (
	roleVariable = "POSTERN_STORE_ROLE"
	urlVariable  = "POSTERN_STORE_URL"
	argVariable  = "POSTERN_STORE_ARG"
)

// child is a process that uses the same database.
type child struct {
	cmd    *exec.Cmd
	stdin  io.Closer // a child that goes on until told ends with it
	stdout *bufio.Reader
	stderr strings.Builder
}

func start(tb testing.TB, role, url, arg string) *child {
	tb.Helper()
	c := &child{cmd: exec.CommandContext(tb.Context(), os.Args[0])}
	c.cmd.Env = append(os.Environ(), roleVariable+"="+role, urlVariable+"="+url, argVariable+"="+arg)
	c.cmd.Stderr = &c.stderr
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	c.stdin, c.stdout = stdin, bufio.NewReader(stdout)
	if err := c.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return c
}

// wait returns what the child printed last, when it has ended well.
func (c *child) wait(tb testing.TB) string {
	tb.Helper()
	_ = c.stdin.Close()
	out, err := io.ReadAll(c.stdout)
	if err := errors.Join(err, c.cmd.Wait()); err != nil {
		tb.Fatalf("child: %v: %s", err, c.stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// line waits for the next line that the child prints.
func (c *child) line(tb testing.TB) {
	tb.Helper()
	if _, err := c.stdout.ReadString('\n'); err != nil {
		tb.Fatalf("child: %v: %s", err, c.stderr.String())
	}
}

// kill kills the child.
func (c *child) kill(tb testing.TB) {
	tb.Helper()
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		tb.Fatal(err)
	}
	_ = c.cmd.Wait() // tells that it was killed
}

// play runs the role of a child.
func play(role string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: os.Getenv(urlVariable), Key: testKey()})
	if err != nil {
		return err
	}
	arg := os.Getenv(argVariable)
	switch role {
	case "put":
		err = s.Put(ctx, connection.Key{Connection: arg}, &connection.Record{Secret: []byte("secret of " + arg)})
	case "renew":
		var n int
		n, err = renew(ctx, s, strconv.Itoa(os.Getpid()), arg)
		_, _ = fmt.Fprintln(os.Stdout, n)
	case "rotate":
		_, err = s.RotateKeys(ctx)
	case "use":
		err = useUntilTold(ctx, s, arg)
	case "tokens":
		err = useTokens(ctx, s, arg)
	default:
		err = errors.New("no such role: " + role)
	}
	return errors.Join(err, s.Close())
}

// useUntilTold writes and reads its own record until standard input ends.
func useUntilTold(ctx context.Context, s *store.Store, name string) error {
	told := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(told)
	}()
	key := connection.Key{Connection: name}
	for i := int64(1); ; i++ {
		secret := fmt.Sprintf("%s %d", name, i)
		if i%2 == 0 {
			if err := s.Put(ctx, key, &connection.Record{Secret: []byte(secret)}); err != nil {
				return err
			}
		} else {
			leased, err := s.Lease(ctx, key, i-1, name, connection.Lease{})
			if err != nil || !leased {
				return fmt.Errorf("lease %d: %t, %w", i, leased, err)
			}
			done, err := s.Commit(ctx, key, name, &connection.Record{Generation: i, Secret: []byte(secret)})
			if err != nil || !done {
				return fmt.Errorf("commit %d: %t, %w", i, done, err)
			}
		}
		r, err := s.Load(ctx, key)
		if err != nil || r == nil || string(r.Secret) != secret {
			return fmt.Errorf("load %d: %v, %w", i, r, err)
		}
		if i == 1 {
			_, _ = fmt.Fprintln(os.Stdout, "ready")
		}
		select {
		case <-told:
			return nil
		default:
		}
	}
}

func canceled(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	cancel()
	return ctx
}

// calls are all methods that use the database.
func calls(s *store.Store) map[string]func(context.Context) error {
	key := connection.Key{Connection: "crm"}
	return map[string]func(context.Context) error{
		"Load":   func(ctx context.Context) error { _, err := s.Load(ctx, key); return err },
		"List":   func(ctx context.Context) error { _, err := s.List(ctx, ""); return err },
		"Put":    func(ctx context.Context) error { return s.Put(ctx, key, &connection.Record{}) },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, key) },
		"Lease":  func(ctx context.Context) error { _, err := s.Lease(ctx, key, 0, "me", connection.Lease{}); return err },
		"Beat":   func(ctx context.Context) error { _, err := s.Beat(ctx, key, "me"); return err },
		"Commit": func(ctx context.Context) error {
			_, err := s.Commit(ctx, key, "me", &connection.Record{Generation: 1})
			return err
		},
		"Release": func(ctx context.Context) error { return s.Release(ctx, key, "me", connection.StateReady, "") },
		"Audit": func(ctx context.Context) error {
			if err := s.Audit(ctx, connection.AuditEvent{}); err != nil {
				return err
			}
			return s.Flush(ctx)
		},
		"AuditTrail": func(ctx context.Context) error {
			_, err := s.AuditTrail(ctx, store.AuditFilter{})
			return err
		},
		"PruneAudit":  func(ctx context.Context) error { _, err := s.PruneAudit(ctx, time.Unix(1, 0)); return err },
		"Definitions": func(ctx context.Context) error { _, err := s.Definitions(ctx, ""); return err },
		"SaveDefinition": func(ctx context.Context) error {
			_, err := s.SaveDefinition(ctx, store.Definition{Name: "crm"})
			return err
		},
		"DeleteDefinition": func(ctx context.Context) error {
			_, err := s.DeleteDefinition(ctx, store.Definition{Name: "crm"})
			return err
		},
		"RotateKeys":      func(ctx context.Context) error { _, err := s.RotateKeys(ctx); return err },
		"RotateMasterKey": func(ctx context.Context) error { return s.RotateMasterKey(ctx, testKey()) },
	}
}
