package cli

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/stricttoml"
)

func TestWithPin(t *testing.T) {
	t.Parallel()
	const pin = "00ff"
	const line = `tls = { pin_sha256 = "00ff" }`
	for _, test := range []struct{ name, connection, text, want string }{
		{"bare", "crm", "# x\n[connections.crm]  # y\ngrant = 1\n", "# x\n[connections.crm]  # y\n" + line + "\ngrant = 1\n"},
		{"quoted", `a "b"`, "[connections.\"a \\\"b\\\"\"]\na = 1\n", "[connections.\"a \\\"b\\\"\"]\n" + line + "\na = 1\n"},
		{"literal and spaces", "日 本", "\t[ 'connections' . '日 本' ]\na=1", "\t[ 'connections' . '日 本' ]\n" + line + "\na=1"},
		{"line breaks of Windows", "crm", "[connections.crm]\r\na = 1\r\n", "[connections.crm]\r\n" + line + "\r\na = 1\r\n"},
		{"last line", "crm", "[connections.crm]", "[connections.crm]\n" + line},
		{"byte order mark", "crm", "\ufeff[connections.crm]\na = 1\n", "\ufeff[connections.crm]\n" + line + "\na = 1\n"},
		{
			"beside others", "crm", "[connections.crmx]\na = 1\n[connections.crm]\nb = 2\n[connections.crm.header]\nname = \"x\"\n",
			"[connections.crmx]\na = 1\n[connections.crm]\n" + line + "\nb = 2\n[connections.crm.header]\nname = \"x\"\n",
		},
		{
			"in a text", "crm", "[x]\na = '''\n[connections.crm]\n'''\n[connections.crm]\nb = 2\n",
			"[x]\na = '''\n[connections.crm]\n'''\n[connections.crm]\n" + line + "\nb = 2\n",
		},
		{"inline", "crm", "[connections]\ncrm = { grant = 1 }\n", ""},
		{"dotted", "crm", "[connections]\ncrm.grant = 1\n", ""},
		{"header of a part alone", "crm", "[connections.crm.header]\nname = 1\n", ""},
		{"not there", "crm", "[connections.other]\na = 1\n", ""},
		{"tls inline", "crm", "[connections.crm]\ntls = { insecure = true }\n", ""},
		{"tls in a table", "crm", "[connections.crm]\na = 1\n[connections.crm.tls]\ninsecure = true\n", ""},
		{"tls dotted", "crm", "[connections.crm]\ntls.insecure = true\n", ""},
		{"no TOML", "crm", "[connections.crm]\nsecret = SEKRET\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := withPin("oauth.toml", []byte(test.text), test.connection, pin)
			if string(got) != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
			if e, ok := asHost(err); test.want == "" && (!ok || e.Code != hostapi.CodeConfig || e.File != "oauth.toml" || strings.Contains(e.Detail(), "SEKRET")) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// FuzzWithPin holds that a pin changes nothing but what it says, and that without
// its line the text is what it was.
func FuzzWithPin(f *testing.F) {
	f.Add([]byte("# x\n[connections.crm] # y\ngrant = \"static\"\n[connections.crm.header]\nname = \"X\"\n"))
	f.Add([]byte("a = '''\n[connections.crm]\n'''\r\n[\"connections\".'crm']"))
	f.Add([]byte("\ufeff[connections.crm]\ntls.insecure = true"))
	f.Add([]byte("a = [\n[connections.crm]\n]\nconnections = { crm = { } }"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := withPin("oauth.toml", text, "crm", "00ff")
		if err != nil {
			return
		}
		want := stricttoml.Values(text)
		settings, _ := settingsOf(want, "crm")
		settings["tls"] = map[string]any{"pin_sha256": "00ff"}
		if !reflect.DeepEqual(stricttoml.Values(got), want) {
			t.Fatalf("%q became %q", text, got)
		}
		for _, added := range []string{"tls = { pin_sha256 = \"00ff\" }\r\n", "tls = { pin_sha256 = \"00ff\" }\n", "\ntls = { pin_sha256 = \"00ff\" }"} {
			if bytes.Equal(bytes.Replace(got, []byte(added), nil, 1), text) {
				return
			}
		}
		t.Fatalf("%q became %q, which is more than a line", text, got)
	})
}
