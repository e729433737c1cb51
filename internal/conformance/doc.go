// Package conformance holds one suite of cases that every sandbox must pass.
//
// A case in testdata says what a task calls, what it was given, and how the
// network answers. A driver in JavaScript and one in Go, compiled to
// WebAssembly, do the calls. Data, results, errors, log, messages and the bytes of
// every HTTP request have to be the same on both.
//
// To add a case, write its calls and run
//
//	go test ./internal/conformance -update
//
// which writes what goja did into it; then read the difference.
package conformance
