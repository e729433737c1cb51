package oauthtoml

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// wrongValues returns, for a type as the page of keys has it, values that are not of
// that type.
func wrongValues(t *testing.T, kind string) []string {
	t.Helper()
	const number, flag, list, date, table = "7", "true", `["a"]`, "2027-01-31", "{ a = \"b\" }"
	switch kind {
	case "text", "URL", "path", "URL or secret", "text or secret":
		return []string{number, flag, list, date, table}
	case "secret":
		return []string{`""`, number, flag, list, date, table}
	case "secret, or list of them":
		return []string{`""`, number, flag, date, table, "[]", "[7]", `[""]`}
	case "text, or list of them", "URL, or list of them", "list of texts, or one text":
		return []string{number, flag, date, table, "[7]"}
	case "list of texts":
		return []string{`""`, `"a"`, number, flag, date, table, "[7]", `["a", true]`}
	case "list of numbers":
		return []string{`""`, `"401"`, "401", flag, table, `["401"]`, "[4.5]"}
	case "true or false":
		return []string{`""`, `"true"`, `"yes"`, "1", list, date, table}
	case "number":
		return []string{`""`, `"7"`, "1.5", flag, list, date, table, "-1"}
	case "size":
		return []string{`""`, `"many"`, "1.5", flag, list, table, "-1"}
	case "time":
		return []string{`""`, `"soon"`, `"-1s"`, number, flag, list, date, table}
	case "date, or date and time":
		return []string{`""`, `"soon"`, "12:00:00", number, flag, list, table}
	case "table of texts":
		return []string{`""`, `"a"`, number, flag, list, date, "{ a = 7 }", "{ a = [\"b\"] }"}
	case "table of texts or lists of them", "table of texts, lists of them or secrets":
		return []string{`""`, `"a"`, number, flag, list, date, "{ a = 7 }", "{ a = [7] }"}
	case "table of texts or secrets":
		return []string{`""`, `"a"`, number, flag, list, date, "{ a = 7 }", "{ a = [\"b\"] }"}
	case "table of texts, numbers, true, false":
		return []string{`""`, `"a"`, number, flag, list, date, "{ a = [\"b\"] }", "{ a = { b = 1 } }"}
	}
	t.Errorf("the page has the type %q, which this test does not know", kind)
	return nil
}

// choices are the keys whose value is one of a few words, which empty text is not.
func choices() []string {
	return []string{
		"grant", "token_endpoint_auth_method", "basic_encoding", "signing_alg", "token_body", "token_method", "pkce",
		"response.expires_unit", "refresh_response.expires_unit", "tls.min_version",
	}
}

// TestWrongTypes holds that for every key of the page a value of another type is an
// error that has its key and its line.
func TestWrongTypes(t *testing.T) {
	t.Parallel()
	_, page, _ := strings.Cut(readPage(t, keysPage), "\n## All keys\n")
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9_.]+)` \\| ([^|]*?) \\|")
	rows := row.FindAllStringSubmatch(page, -1)
	if len(rows) != len(allKeys()) {
		t.Fatalf("%d rows for %d keys", len(rows), len(allKeys()))
	}
	lookUp := func(string) (string, bool) { return "a secret of more than thirty-two bytes", true }
	for _, m := range rows {
		key, values := m[1], wrongValues(t, m[2])
		if slices.Contains(choices(), key) {
			values = append(values, `""`, `"no such"`)
		}
		if key == "redirect_uri" || key == "egress.proxy" || key == "egress.dns" || strings.HasPrefix(key, "store.") && key != "store.namespace" {
			values = append(values, `"no such"`)
		}
		for _, value := range values {
			text, line := fileWith(key, value)
			_, err := Parse("oauth.toml", []byte(text), Options{LookupEnv: lookUp})
			told := fmt.Sprint(err)
			e, ok := errors.AsType[*hostapi.Error](err)
			last := key[strings.LastIndexByte(key, '.')+1:]
			if !ok || e.Code != hostapi.CodeConfig || e.Line != line || !strings.Contains(told, last) {
				t.Errorf("%s = %s is reported as %q in line %d, want one that names it in line %d of\n%s", key, value, told, lineOf(e), line, text)
			}
		}
	}
}

func lineOf(e *hostapi.Error) int {
	if e == nil {
		return 0
	}
	return e.Line
}

// fileWith returns a file that would be right with another value at key, and the line
// that has it.
func fileWith(key, value string) (text string, line int) {
	table, name, nested := strings.Cut(key, ".")
	if nested && slices.Contains([]string{"egress", "store", "limits"}, table) {
		text = "[" + table + "]\n"
		switch key {
		case "egress.cookie_warnings":
			text += "cookies = true\n"
		case "store.key":
			text += "url = \"sqlite:a.db\"\n"
		case "store.prefix", "store.schema", "store.namespace":
			text += "url = \"sqlite:a.db\"\nkey = \"env:K\"\n"
		case "store.url":
			return text + name + " = " + value + "\nkey = \"env:K\"\n", 2
		}
		return text + name + " = " + value + "\n", strings.Count(text, "\n") + 1
	}
	settings := map[string]string{
		"grant": `"` + strings.Fields(grantsWith(table))[0] + `"`, "token_endpoint": `"https://id.example.com/token"`, "client_id": `"me"`, "client_secret": `"env:S"`,
	}
	switch strings.Trim(settings["grant"], `"`) {
	case "authorization_code":
		settings["authorization_endpoint"] = `"https://id.example.com/authorize"`
	case "token_exchange":
		settings["subject_token"] = `"env:S"`
	case "static":
		settings = map[string]string{"grant": `"static"`, "token": `"env:S"`}
	case "password":
		settings["username"], settings["password"], settings["legacy"] = `"me"`, `"env:S"`, "true"
	case "jwt_bearer":
		settings["signing_key"] = `"env:S"`
	}
	switch key {
	case "signing_key", "signing_key_id", "signing_alg":
		delete(settings, "client_secret")
		settings["token_endpoint_auth_method"], settings["signing_key"] = `"private_key_jwt"`, `"env:S"`
	}
	if nested {
		with := map[string]string{
			"tls.cert_file": `key_file = "k.pem", `, "tls.key_file": `cert_file = "c.pem", `,
			"expired_when.equals": `json = "a", `, "expired_when.json": `equals = "a", `, "expired_when.status": `json = "a", equals = "b", `,
			"token_request.body": `content_type = "application/json", `, "token_request.content_type": `body = "{}", `,
			"refresh_request.body": `content_type = "application/json", `, "refresh_request.content_type": `body = "{}", `,
		}
		settings[table] = "{ " + with[key] + name + " = " + value + " }"
	} else {
		settings[table] = value
	}
	text = "[connections.crm]\n"
	for name, value := range settings {
		if name != table {
			text += name + " = " + value + "\n"
		}
	}
	return text + table + " = " + settings[table] + "\n", strings.Count(text, "\n") + 1
}

// TestEmptyText holds which keys may have empty text: those of free text that may as
// well be left out.
func TestEmptyText(t *testing.T) {
	t.Parallel()
	for _, key := range append(optionalTexts(), "tls.ca_file", "tls.server_name", "response.access_token", "response.expires_in") {
		if key == "username" || key == "token_endpoint" { // required where they mean something
			continue
		}
		text, _ := fileWith(key, `""`)
		if _, err := Parse("oauth.toml", []byte(text), Options{SkipSecrets: true}); err != nil {
			t.Errorf("%s = \"\": %v", key, err)
		}
	}
}
