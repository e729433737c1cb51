package oauthtoml

import "testing"

func TestParseTokenTypes(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		`["two words"]`: "has an entry that is not the name of a token type", `[""]`: "has an entry that is not", `["dpop"]`: "has DPoP",
		`"jwt"`: "must be a list of strings",
	} {
		_, err := Parse("oauth.toml", []byte(crm+"response = { token_types = "+list+" }"), Options{})
		wantConfigError(t, err, 9, "response token_types: "+want)
	}
	_, err := Parse("oauth.toml", []byte(crm+"refresh_response = { fields = [\"x\"] }"), Options{})
	wantConfigError(t, err, 9, "refresh_response fields: unknown key")
}

func TestParseFields(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		`access_token`:             "lets tasks see access_token",
		`refresh_token`:            "lets tasks see refresh_token",
		`id_token`:                 "lets tasks see id_token",
		`client_secret`:            "lets tasks see client_secret",
		`device_code`:              "lets tasks see device_code",
		`authed_user.access_token`: "lets tasks see access_token",
		`data.accessToken`:         "lets tasks see access_token",
		`data.tok`:                 "lets tasks see access_token", // as response.access_token says
		`data.again`:               "lets tasks see refresh_token",
		`/data/tok`:                "lets tasks see access_token",
		`/authed_user/id-token`:    "lets tasks see id_token",
		`/a~b`:                     "has an entry that is not a path",
		`token_type`:               "has token_type, which tasks always see",
		`scope`:                    "has scope, which",
		`expires_at`:               "has expires_at, which",
		``:                         "has an entry that is not a path",
		`a\tb`:                     "has an entry that is not a path",
		`team", "team`:             "has an entry twice",
	} {
		text := crm + `response = { access_token = "data.tok", refresh_token = "data.again", fields = ["` + path + `"] }`
		_, err := Parse("oauth.toml", []byte(text), Options{})
		wantConfigError(t, err, 9, "response fields: "+want)
	}
	_, err := Parse("oauth.toml", []byte(crm+"[connections.crm.response]\nexpires_in = \"x\"\nfields = [\"id_token\"]"), Options{})
	wantConfigError(t, err, 11, "response fields: lets tasks see id_token")
}
