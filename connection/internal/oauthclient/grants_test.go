package oauthclient

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

func newKey(t *testing.T) (key secret.Key, text string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return func() crypto.Signer { return k }, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// payload returns the claims of a JWT.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(text, &claims) != nil {
		t.Fatalf("%q is no JWT: %v", token, err)
	}
	return claims
}

// Each grant sends its own parameters.
func TestGrantParameters(t *testing.T) {
	t.Parallel()
	const rest = "client_id = \"me\"\n" + own + "token_endpoint_auth_method = \"client_secret_post\"\nscopes = \"a b\"\n"
	for toml, want := range map[string]url.Values{
		"grant = \"password\"\nlegacy = true\nusername = \"u\"\npassword = \"the-password\"\n": {"grant_type": {"password"}, "username": {"u"}, "password": {"the-password"}},
		"grant = \"token_exchange\"\nsubject_token = \"the-token\"\nrequested_token_type = \"jwt\"\n": {
			"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {"the-token"},
			"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "requested_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
		},
	} {
		w, s := client(t, toml+rest+endpoint, reply{body: issued})
		if _, err := w.Token(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", toml, err)
			continue
		}
		want.Set("client_id", "me")
		want.Set("client_secret", "the-client-secret")
		want.Set("scope", "a b")
		if got := s.asked[0].form(t); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: sent %v, want %v", toml, got, want)
		}
	}
	w, s := client(t, "grant = \"jwt_bearer\"\nclient_id = \"me\"\nclaims = { sub = \"you\" }\nsigning_key = \"env:KEY\"\n"+endpoint, reply{body: issued})
	if _, err := w.Token(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	params := s.asked[0].form(t)
	claims := payload(t, params.Get("assertion"))
	iat, _ := claims["iat"].(float64)
	if params.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || claims["iss"] != "me" || claims["sub"] != "you" || claims["aud"] != "https://id.example.com/token" || claims["exp"] != iat+60 {
		t.Errorf("sent %v with %v", params, claims)
	}
}

// A refresh sends scopes only where the file says so, and goes to its own endpoint
// where there is one.
func TestRefreshParameters(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]string{
		"":                                "https://id.example.com/token grant_type=refresh_token&refresh_token=the-refresh-token",
		"send_scopes_on_refresh = true\n": "https://id.example.com/token grant_type=refresh_token&refresh_token=the-refresh-token&scope=a",
		"refresh_endpoint = \"https://id.example.com/again\"\n":          "https://id.example.com/again grant_type=refresh_token&refresh_token=the-refresh-token",
		"refresh_params = { x = \"1\" }\ntoken_params = { y = \"2\" }\n": "https://id.example.com/token grant_type=refresh_token&refresh_token=the-refresh-token&x=1&y=2",
	} {
		w, s := client(t, machine+endpoint+own+"scopes = \"a\"\n"+more, reply{body: issued})
		if _, err := refresh(t, w); err != nil || s.asked[0].url+" "+s.asked[0].body != want {
			t.Errorf("%s: %v, sent %s %s, want %s", more, err, s.asked[0].url, s.asked[0].body, want)
		}
	}
}

// A proof is for one request, and has the nonce that the server asked for.
func TestProofs(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	const bound = `{"access_token":"A","token_type":"dpop"}`
	w, s := client(t, machine+"token_endpoint = \"https://id.example.com/token?a=b\"\n"+own+"dpop = true\n",
		reply{status: http.StatusBadRequest, header: http.Header{"Dpop-Nonce": {"n1"}}, body: `{"error":"use_dpop_nonce"}`},
		reply{body: bound, header: http.Header{"Dpop-Nonce": {"n2"}}}, reply{body: bound, header: http.Header{"Dpop-Nonce": {strings.Repeat("n", 2000)}}})
	for range 3 {
		if token, err := w.Token(t.Context(), key); err != nil || token.TokenType != "DPoP" {
			t.Fatalf("%v, %v", token, err)
		}
	}
	seen := make(map[any]bool)
	for i, nonce := range []any{nil, "n1", "n2", "n2"} {
		claims := payload(t, s.asked[i].header.Get("DPoP"))
		if claims["htm"] != "POST" || claims["htu"] != "https://id.example.com/token" || claims["nonce"] != nonce || claims["ath"] != nil || seen[claims["jti"]] {
			t.Errorf("proof %d has %v, want the nonce %v", i, claims, nonce)
		}
		seen[claims["jti"]] = true
	}
	// A token that is bound to no key is not what was asked for.
	w, _ = client(t, machine+endpoint+own+"dpop = true\n", reply{body: issued})
	if _, err := w.Token(t.Context(), key); !failure(t, err).NeedsReauth {
		t.Errorf("%v, want one that says to change the file", err)
	}
	text, err := Proof(key, "GET", &url.URL{Scheme: "https", Host: "api.example.com"}, "", "the-token")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("the-token"))
	if claims := payload(t, text); claims["ath"] != base64.RawURLEncoding.EncodeToString(sum[:]) || claims["htu"] != "https://api.example.com/" {
		t.Errorf("proof for an API has %v", claims)
	}
}

// Tasks see the fields that the file names, and of those what is no list or object.
func TestFields(t *testing.T) {
	t.Parallel()
	w, _ := client(t, machine+endpoint+own+"response = { fields = [\"a\", \"b.0.c\", \"n\", \"o\", \"none\"] }\n",
		reply{body: `{"access_token":"A","a":"1","b":[{"c":true}],"n":1.50,"o":{"p":1},"other":"x"}`})
	token, err := w.Token(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Fields{"a": "1", "b.0.c": true, "n": hostapi.Decimal("1.50")}
	if got := token.Extra("fields"); !reflect.DeepEqual(got, want) {
		t.Errorf("fields %v, want %v", got, want)
	}
	text, err := json.Marshal(want)
	var again Fields
	if err != nil || json.Unmarshal(text, &again) != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("%s is %v, want %v", text, again, want)
	}
}
