package testservers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// OAuthClient is a client of an authorization server, made with a JavaScript library.
type OAuthClient struct {
	Library  string `json:"library"` // openid-client or oauth4webapi
	Issuer   string `json:"issuer"`
	ID       string `json:"id"`
	Secret   string `json:"secret,omitempty"`
	Method   string `json:"method"` // client_secret_post, client_secret_basic or none
	Redirect string `json:"redirect"`
}

// OAuthTokens are what a client got.
type OAuthTokens struct {
	Tokens       map[string]any `json:"tokens"`       // the token response for the code
	Renewed      map[string]any `json:"renewed"`      // that of a refresh
	Introspected map[string]any `json:"introspected"` // the introspection response for the renewed access token
	Revoked      map[string]any `json:"revoked"`      // the same after the revocation of the renewed refresh token
}

// Run lets the client read the metadata of the server, get tokens, refresh, introspect and
// revoke them, with all the checks of its library: tools/testservers/oauth-client.js. The
// function browser opens a URL and returns where it leads. Run returns false if the library is
// not installed, except in CI, where that fails the test.
func (c OAuthClient) Run(tb testing.TB, browser func(url string) string) (OAuthTokens, bool) {
	tb.Helper()
	var result OAuthTokens
	root, err := moduleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	packages := filepath.Join(root, "build", "testservers")
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(packages, "node_modules", c.Library))
	}
	if err != nil {
		missing(tb, c.Library)
		return result, false
	}
	script, err := os.ReadFile(filepath.Join(root, "tools", "testservers", "oauth-client.js")) //nolint:gosec // of this module
	if err != nil {
		tb.Fatal(err)
	}
	// As a file it would look for its packages beside itself.
	cmd := exec.CommandContext(tb.Context(), node, "--input-type=module", "--eval", string(script)) //nolint:gosec // the script above
	cmd.Dir = packages
	if err := converse(cmd, c, browser, &result); err != nil {
		tb.Fatalf("%s: %v", c.Library, err)
	}
	return result, true
}

// converse runs the script of a client.
func converse(cmd *exec.Cmd, c OAuthClient, browser func(url string) string, result *OAuthTokens) error {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	talk := func() error {
		output := bufio.NewReader(stdout)
		write := func(v any) error { return json.NewEncoder(stdin).Encode(v) }
		read := func(v any) error {
			line, err := output.ReadBytes('\n')
			if err != nil {
				return err
			}
			return json.Unmarshal(line, v)
		}
		var request struct{ Authorize string }
		if err := write(c); err != nil {
			return err
		}
		if err := read(&request); err != nil {
			return err
		}
		if err := write(map[string]string{"callback": browser(request.Authorize)}); err != nil {
			return err
		}
		return read(result)
	}
	err = talk()
	_ = stdin.Close()                  // the script ends
	_, _ = io.Copy(io.Discard, stdout) // it has nothing more to say
	if ended := cmd.Wait(); err == nil {
		err = ended
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, stderr.String())
	}
	return nil
}
