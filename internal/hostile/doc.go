// Package hostile runs attacks on the sandboxes, one file each, and checks how they end.
//
// An attack in JavaScript is a file in testdata/js, one in WebAssembly is a file in
// testdata/wasm in the text format. Its first comments say what it must come to:
//
//	// A getter that reads itself.
//	// outcome: limit or timeout
//	// first: dies
//
// The outcome is ok or a code of [hostapi.Code]; one of several if they are separated by "or",
// the usual one first.
// A run must end within a quarter of a second after its deadline, compilation included, and
// must not take more memory than its limit and 32 MiB.
//
// JavaScript runs twice: in a worker process, with these bounds, and in the process of the engine,
// which has none. For the latter, the line that begins with "first" says what else may happen:
//
//	dies   the process may end, or take any amount of memory
//	late   the run may end long after its deadline
//
// WebAssembly is compiled in a worker process and runs in the process of the engine, with the same
// bounds.
//
// Without POSTERN_HOSTILE=full, which CI sets, attacks get less time and only a sample of them runs,
// always the same one. With POSTERN_HOSTILE_TIME all run.
//
// To add an attack, add a file. It is told the address of a server that misbehaves in the data
// item server, see newServer. To run the attacks of some names with a limit of two seconds:
//
//	POSTERN_HOSTILE_TIME=2s go test ./internal/hostile -run '/loop-' -v
//
// Text of WebAssembly may contain (repeat N …), which means N copies of what is in it, in
// which # is the number of the copy.
package hostile
