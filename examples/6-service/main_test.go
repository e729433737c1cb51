package main

import (
	"bytes"
	goruntime "runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

const want = `a file: done map[q_file:<nil> q_result:scan.tiff: 200]
the file of another tenant: 404 {"code":"not_found","message":"file not found"}
not granted: failed map[] authSetting playground: this connection is not granted to the task (denied)
policy: failed map[] delete: tasks of this service delete nothing (denied)
replaced: done map[q_result:the new script]
the task from before: 200 {"state":"running"}
cancelled: canceled map[] get HOST: cancelled while waiting for the response: the task was cancelled (canceled)
span run upload
span   fetch token
span   request POST
span     POST
before the user agreed: failed map[] get user: not authorized yet (needs_reauth)
authorization: 200
after it: done map[q_result:alice]
of another tenant: failed map[] get user: not authorized yet (needs_reauth)
webhook with the key guess: 401
webhook with the key open-sesame: 201 accepted
it started: done map[q_order:3 bolts, number 1]
webhook with the key open-sesame: 201 accepted
it started: done map[q_order:3 bolts, number 2]
shutdown: shutdown: 1 run was cancelled: context canceled
`

func TestOutput(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := goruntime.NumGoroutine()
	var out, logs strings.Builder
	if err := run(t.Context(), &out, &logs); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s\nlog\n%s", &out, want, &logs)
	}
	if strings.Contains(out.String()+logs.String(), "demo-secret") {
		t.Error("a secret is in the output or in the log")
	}
	ended(t, before)
}

// ended waits until there are no more goroutines than before, for which those that are
// just ending need a moment.
func ended(t *testing.T, before int) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for range 10_000 {
		if goruntime.NumGoroutine() <= before {
			return
		}
		<-look.C
	}
	var stacks bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
	t.Fatalf("%d goroutines are left, there were %d\n%s", goruntime.NumGoroutine(), before, &stacks)
}
