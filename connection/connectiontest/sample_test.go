package connectiontest

import (
	"os"
	"strings"
	"testing"
)

// TestSampleFile checks that the oauth.toml at the top of the repository is that of a
// playground at its default address.
func TestSampleFile(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../oauth.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := (&Server{URL: "http://127.0.0.1:8085", provider: &Provider{}}).OAuthTOML()
	if !strings.HasSuffix(string(file), want) {
		t.Errorf("oauth.toml does not end in\n%s", want)
	}
}
