package main

import (
	"strings"
	"testing"
)

const want = `timeout  time limit of 1s reached
limit    call depth limit of 500 reached
limit    log: log line limit of 10 reached
limit    setDataByVarName q_all: data size limit of 1000 bytes reached
denied   get: this engine has no network
canceled the task was cancelled, as errors.Is tells: true
`

func TestOutput(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
