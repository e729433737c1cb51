//go:build unix

package cli

import (
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
)

// shellWords returns the words that a shell hands to the curl of a script.
func shellWords(t *testing.T, command string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `curl() { for word in "$@"; do printf '%s\0' "$word"; done; }`+"\n"+command)
	cmd.Env = []string{"SECRET=" + shellSecret, "PATH=/usr/bin:/bin"}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s in\n%s", err, output, command)
	}
	return strings.Split(strings.TrimSuffix(string(output), "\x00"), "\x00")
}

const shellSecret = `it's "$(id)" & a;b \`

// TestQuoted holds that a shell takes what was quoted for what it is, whatever stands
// in it.
func TestQuoted(t *testing.T) {
	t.Parallel()
	placeholders := []connection.Placeholder{{Text: "placeholder_1", Name: "SECRET"}}
	for _, text := range []string{
		"", "plain", "two words", "it's", `"quoted"`, "$HOME `id` $(id)", `back\slash`, "a\nb\n", "\x1b[31mred", "\x1b\n\n", "\u202eabc",
		"!history", "*?[a]", "~", "-n", "a;b&c|d>e<f", "日本 語", "tab\t", `\0101`, "%s%%",
		"placeholder_1", "a=placeholder_1", "it's placeholder_1, and placeholder_1\x1b'",
	} {
		want := strings.ReplaceAll(text, "placeholder_1", shellSecret)
		if got := shellWords(t, "curl "+quoted(text, placeholders, "")); len(got) != 1 || got[0] != want {
			t.Errorf("%q: the shell has %q of %s", text, got, quoted(text, placeholders, ""))
		}
	}
}

// TestCurl holds what a command says for each form in which parameters are sent.
func TestCurl(t *testing.T) {
	t.Parallel()
	placeholders := []connection.Placeholder{{Text: "placeholder_1", Name: "SECRET", Key: "client_secret"}}
	p := connection.Preview{
		Method: "POST", URL: "https://id.example.com/token?a=[1]", Placeholders: placeholders,
		Header:   http.Header{"X-Key": {"it's placeholder_1"}, "X-Empty": {""}},
		Username: "me", Password: "placeholder_1",
	}
	form, query, inJSON := p, p, p
	form.Body, form.Params = "x", url.Values{"a&b": {"c=d\x1b"}, "client_secret": {"placeholder_1"}, "z": {"@1", "@2"}}
	query.Params = url.Values{"a": {"[1]"}, "b": {"x y"}}
	inJSON.Body = `{"s":"placeholder_1","é":"` + "\u202e" + `'"}`
	inXML := p
	inXML.Header = http.Header{"Content-Type": {"application/soap+xml; charset=utf-8"}, "X-Empty": {""}, "X-Key": {"it's placeholder_1"}}
	inXML.Body = "<s a='placeholder_1'>\u202e</s>\n"
	head := []string{"--request", "POST", "--header", "X-Empty;", "--header", "X-Key: it's " + shellSecret, "--user", "me:" + shellSecret}
	for name, test := range map[string]struct {
		p    connection.Preview
		want []string
	}{
		"form": {form, []string{
			"--globoff", "--data", "a%26b=c%3Dd%1B", "--data-urlencode", "client_secret=" + shellSecret,
			"--data-urlencode", "z=@1", "--data-urlencode", "z=@2", "https://id.example.com/token?a=[1]",
		}},
		"query": {query, []string{
			"--get", "--header", "Content-Length: 0", "--data-urlencode", "a=[1]", "--data-urlencode", "b=x y", "https://id.example.com/token",
		}},
		"json": {inJSON, []string{
			"--data-raw", `{"s":"it's \"$(id)\" & a;b \\","é":"\u202e'"}`, "--globoff", "https://id.example.com/token?a=[1]",
		}},
		"xml": {inXML, []string{
			"--data-raw", "<s a='it&#39;s &#34;$(id)&#34; &#38; a;b \\'>\u202e</s>\n", "--globoff", "https://id.example.com/token?a=[1]",
		}},
	} {
		s := &curlScript{settings: map[string]any{"client_secret": "env:S\x1b\nrm -rf x"}, file: "oauth.toml"}
		s.add(1, test.p)
		want := append(slices.Clone(head), test.want...)
		if name == "xml" {
			want = append([]string{"--request", "POST", "--header", "Content-Type: application/soap+xml; charset=utf-8"}, want[2:]...)
		}
		if got := shellWords(t, s.String()); !slices.Equal(got, want) {
			t.Errorf("%s: the shell has\n%q, want\n%q", name, got, want)
		}
		if strings.Contains(s.text.String(), "\x1b") {
			t.Errorf("%s: %q", name, s.text.String())
		}
	}
}

// TestCurlShowsItsCertificate holds that paths are seen from the folder of the file.
func TestCurlShowsItsCertificate(t *testing.T) {
	t.Parallel()
	s := &curlScript{file: "a folder/oauth.toml", settings: map[string]any{
		"tls": map[string]any{"cert_file": "me.pem", "key_file": "/etc/me.key", "insecure": true},
	}}
	got := shellWords(t, "curl "+strings.Join(s.tls(), " "))
	if want := []string{"--cert", "a folder/me.pem", "--key", "/etc/me.key", "--insecure"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
