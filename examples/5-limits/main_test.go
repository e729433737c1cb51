package main

import (
	"strings"
	"testing"
)

const want = `timeout  the task's time ran out
limit    calls are nested too deep
limit    log: the task has logged 10 lines
limit    setDataByVarName q_all: the task has written more than 1000 bytes of data
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
