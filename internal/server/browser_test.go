package server_test

import (
	"os"
	"testing"

	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/testservers"
)

// browse runs a scenario of tools/browser with a server, and what else it needs.
func (s *site) browse(scenario string, in map[string]any) {
	s.Helper()
	if os.Getenv("POSTERN_BROWSER") == "" { //nolint:forbidigo // the environment is the only source
		s.Skip("make browser runs it, and so does make test")
	}
	link, err := s.SetupLink(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	input := map[string]any{"url": s.url, "link": link}
	for key, v := range in {
		input[key] = v
	}
	testservers.Chromium(s.T, scenario, input)
}

// The first operator sets a password, signs out and in, and sees every page while there is
// nothing (U09).
func TestBrowserFirst(t *testing.T) {
	t.Parallel()
	start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "").browse("first.js", nil)
}
