package main

import (
	"strings"
	"testing"
)

const want = `the API responded with 200
the task held a stand-in: true
without the grant: denied
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
