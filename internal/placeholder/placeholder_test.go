package placeholder_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/placeholder"
)

func TestFindInJavaScript(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`const url = "{Token endpoint URL}";`:                       `1:14 {Token endpoint URL}`,
		"// x\nconst 日 = `https://<your-instance>.example.com/v1`;": `2:20 <your-instance>`,
		`get('https://<instance>/api')`:                             `1:14 <instance>`,
		`f("<b>at</b> https://h/v1/<tenant>/x")`:                    `1:27 <tenant>`,
		`f("YOUR_API_KEY")`:                                         `1:4 YOUR_API_KEY`,
		`f("Bearer YOUR-TOKEN")`:                                    `1:11 YOUR-TOKEN`,
		`f("https://your-domain.example.com")`:                      `1:12 your-domain`,
		`f("your_client_id")`:                                       `1:4 your_client_id`,
		`f("<Your client ID>")`:                                     `1:4 <Your client ID>`,
		`f("CHANGEME")`:                                             `1:4 CHANGEME`,
		`f("{ステップ の 名前}")`:                                          `1:4 {ステップ の 名前}`,
		"f('x'); f('YOUR_A_B'); f(\"YOUR_C_D\")":                    `1:12 YOUR_A_B, 1:27 YOUR_C_D`,
		`f("{your name}", "{the ID}")`:                              `1:4 {your name}, 1:19 {the ID}`,
		`f("INSERT_TOKEN_HERE", "ENTER-API-KEY", "REPLACE_ME")`:     `1:4 INSERT_TOKEN_HERE, 1:25 ENTER-API-KEY, 1:42 REPLACE_ME`,
		// none
		`f("INSERT_ROWS", "REPLACE_ALL_TEXT")`:            ``,
		"f(`query { boards(ids: ${ids}) {id name} }`)":    ``,
		`f("<b>bold</b> <br/> <my>")`:                     ``,
		`f('<e:Envelope xmlns:e="https://h/e"><e:Body>')`: ``,
		`f("see https://h/a<br>and https://h/b<BR/>")`:    ``,
		"f(`https://h/${a + b}/{id}`)":                    ``,
		`f("https://h/{userId}").replace("{userId}", id)`: ``,
		`f('{"a": "b c"}')`:                               ``,
		`f("a{color: red; margin: 0 auto}")`:              ``,
		`if (a) { const x = 1; } // "YOUR_KEY"`:           ``,
		`/* "<your-key>" */ f("it is your-self, or not")`: ``,
		`f("a \" // b"); f('\'')`:                         ``,
		`f("unclosed YOUR`:                                ``,
	} {
		if got := listed(placeholder.Find(source, placeholder.JavaScript)); got != want {
			t.Errorf("%s: found %q, want %q", source, got, want)
		}
	}
}

func TestFindInTOML(t *testing.T) {
	t.Parallel()
	source := "script = \"x.js\" # it's \"<your>\"\n[settings]\na = \"<anything>\"\nb = 'YOUR_KEY'\nc = \"\"\"\nx {Your name here}\"\"\"\nd = \"<b>x</b> y\"\n"
	if got, want := listed(placeholder.Find(source, placeholder.TOML)), "3:6 <anything>, 4:6 YOUR_KEY, 6:3 {Your name here}"; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if got := len(placeholder.Find(strings.Repeat("a = \"<x>\"\n", 1000), placeholder.TOML)); got != 100 {
		t.Errorf("found %d, want 100", got)
	}
}

func listed(found []placeholder.Found) string {
	list := make([]string, len(found))
	for i, f := range found {
		list[i] = fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Text)
	}
	return strings.Join(list, ", ")
}

func FuzzFind(f *testing.F) {
	f.Add("f(`${a}` + \"<your x>\") // '\n/* \\", true)
	f.Fuzz(func(t *testing.T, source string, toml bool) {
		language := placeholder.JavaScript
		if toml {
			language = placeholder.TOML
		}
		lines := strings.Split(source, "\n")
		for _, found := range placeholder.Find(source, language) {
			if found.Line > len(lines) || found.Column > len(lines[found.Line-1])+1 || !strings.Contains(source, found.Text) {
				t.Errorf("%+v is not in the source", found)
			}
		}
	})
}
