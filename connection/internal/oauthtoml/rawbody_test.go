package oauthtoml

import (
	"strings"
	"testing"
)

const rawHead = `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "my \"id\" & <co>"
client_secret = "env:S"
token_endpoint_auth_method = "client_secret_post"
scopes = ["read", "write"]
token_params = { api_key = "env:K" }
variables = { tenant = "a & \"b\"" }
`

func TestParseTokenRequest(t *testing.T) {
	t.Parallel()
	const line = 10
	for request, want := range map[string]string{
		`token_request = { body = "x={client_id}" }`:                                                                                            "token_request content_type: is missing",
		`token_request = { content_type = "application/json" }`:                                                                                 "token_request body: is missing",
		`token_request = { content_type = "text/plain", body = "{client_id}" }`:                                                                 "token_request content_type: is not the type of a form, of JSON or of XML",
		`token_request = { content_type = "application/json; charset=utf-16", body = "{}" }`:                                                    "token_request content_type: is not the type",
		`token_request = { content_type = "application/json", body = '{"a":{client_id}}' }`:                                                     "token_request body: is not JSON once its {names} are replaced",
		`token_request = { content_type = "application/json", body = '{"a":"{client_id}"' }`:                                                    "token_request body: is not JSON",
		`token_request = { content_type = "text/xml", body = "<a>{client_id}</b>" }`:                                                            "token_request body: is not XML",
		`token_request = { content_type = "text/xml", body = "{client_id}" }`:                                                                   "token_request body: is not XML",
		`token_request = { content_type = "text/xml", body = "<a><![CDATA[{client_id}]]></a>" }`:                                                "token_request body: has a CDATA section",
		`token_request = { content_type = "application/json", body = '{"a":"{clientid}"}' }`:                                                    "token_request body: has {clientid}, which is neither",
		`token_request = { content_type = "application/json", body = '{"a":"{refresh_token}"}' }`:                                               "token_request body: has {refresh_token}, which is neither",
		`token_request = { content_type = "application/json", body = '{"a":"{env:X}"}' }`:                                                       "token_request body: has a reference to a secret",
		`token_request = { content_type = "application/json", body = '{}', more = 1 }`:                                                          "token_request more: ",
		`refresh_request = { content_type = "application/json", body = '{"a":"{code}"}' }`:                                                      "refresh_request body: has {code}, which is neither",
		"token_request = { content_type = \"application/json\", body = '{}' }\ntoken_method = \"GET\"":                                          "token_request: has no effect with token_method",
		"token_request = { content_type = \"application/json\", body = '{}' }\ntoken_headers = { content-type = \"application/vnd.api+json\" }": "token_request: has a content_type, and token_headers another",
	} {
		_, err := Parse("oauth.toml", []byte(rawHead+request), Options{LookupEnv: lookup(map[string]string{"S": "s", "K": "k"})})
		wantConfigError(t, err, line, want)
	}
	basic := strings.Replace(rawHead, "client_secret_post", "client_secret_basic", 1)
	_, err := Parse("oauth.toml", []byte(basic+`token_request = { content_type = "application/json", body = '{"a":"{client_secret}"}' }`),
		Options{LookupEnv: lookup(map[string]string{"S": "s", "K": "k"})})
	wantConfigError(t, err, line, "has {client_secret}, which is neither")
}
