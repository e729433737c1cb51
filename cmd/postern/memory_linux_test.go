package main

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestMemoryIsHidden(t *testing.T) { //nolint:paralleltest // it changes the process
	before, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, uintptr(before), 0, 0, 0) }() // it was allowed before
	hideMemory()
	if now, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || now != 0 {
		t.Errorf("%d, %v: a debugger may attach", now, err)
	}
}
