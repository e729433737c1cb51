package main

import (
	"strings"
	"testing"
)

const want = `budget 100
  changed: [q_summary q_total]
  summary: 2 items, 42.5 in all
budget 10
  failed:  over budget by 32.5
  changed: []
  summary: <nil>
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
