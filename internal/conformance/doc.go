// Package conformance has one test suite that every sandbox must pass.
//
// A case in testdata lists the calls of a task, its input, and the responses of the network.
// A driver in JavaScript and one in Go, compiled to WebAssembly, make the calls. Data, results,
// errors, log, messages and the bytes of every HTTP request must be the same for all, and for JavaScript in a worker process as well.
//
// To add a case, write its calls and run
//
//	go test ./internal/conformance -update
//
// which adds the results of the JavaScript driver to it; then review the diff.
package conformance
