package oauthtoml

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestParseCookies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]hostapi.Cookies{
		"":                          {},
		"[egress]\ncookies = false": {},
		"[egress]\ncookies = true":  {Keep: true},
		"[egress]\ncookies = true\ncookie_warnings = true":  {Keep: true},
		"[egress]\ncookies = true\ncookie_warnings = false": {Keep: true, Quiet: true},
	} {
		if got := parse(t, text).Cookies; got != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
	for text, line := range map[string]int{
		"[egress]\ncookies = \"yes\"":                        2,
		"[egress]\ncookies = true\ncookie_warnings = \"no\"": 3,
	} {
		_, err := Parse("oauth.toml", []byte(text), Options{})
		wantConfigError(t, err, line, "must be true or false")
	}
	_, err := Parse("oauth.toml", []byte("[egress]\ncookie_warnings = false"), Options{})
	wantConfigError(t, err, 2, "cookie_warnings: has no effect without cookies = true")
}

func TestStoreURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"sqlite:postern.db":                 "",
		"postgres://app@db.example.com/app": "",
		"postgres://app:hunter2@db/app":     "warning",
		"mysql://db/app":                    "is not the URL of a store",
		"postern.db":                        "is not the URL of a store",
		"postgres://":                       "is not the URL of a database",
		"postgres://<user>@<host>/app":      "is a placeholder",
	} {
		set, err := Parse("oauth.toml", []byte("[store]\nurl = \""+url+"\"\nkey = \"env:K\"\n"), Options{SkipSecrets: true})
		switch want {
		case "", "warning":
			if err != nil || (len(set.Warnings()) > 0) != (want != "") {
				t.Errorf("%s: %v", url, err)
			} else if strings.Contains(strings.Join(set.Warnings(), ""), "hunter2") {
				t.Errorf("%s: the warning has the password", url)
			}
		default:
			wantConfigError(t, err, 2, "store url: "+want)
		}
	}
}
