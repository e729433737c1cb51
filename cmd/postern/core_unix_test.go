//go:build unix

package main

import (
	"syscall"
	"testing"
)

func TestNoCoreFile(t *testing.T) { //nolint:paralleltest // it changes a limit of the process
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &before); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &before) }()
	asked := before
	asked.Cur = asked.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &asked); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		mode string
		want uint64
	}{{"crash", asked.Cur}, {"all", 0}} {
		noCoreFile(func(string) (string, bool) { return tt.mode, true })
		var now syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &now); err != nil || now.Cur != tt.want {
			t.Errorf("GOTRACEBACK=%s: the limit is %d, %v, want %d", tt.mode, now.Cur, err, tt.want)
		}
	}
}
