//go:build unix

package main

import "syscall"

// noCoreFile has the system write no core file of this process and of those it starts: it
// would have every secret in memory. Nor may another process of the user look at that memory.
// GOTRACEBACK=crash asks for both.
func noCoreFile(lookup func(string) (string, bool)) {
	if mode, _ := lookup("GOTRACEBACK"); mode == "crash" {
		return
	}
	hideMemory()
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit) // lowering it is always allowed
	}
}
