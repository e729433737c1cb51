package connectiontest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object.
type object map[string]any

func writeJSON(w http.ResponseWriter, status int, v object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails only if the client has disconnected
}

// bearer responds with 401 and returns false unless r has a valid token in its
// Authorization header, RFC 6750 §2.1.
func (p *Provider) bearer(w http.ResponseWriter, r *http.Request) (access, string, bool) {
	refuse := func(status int, code string) (access, string, bool) {
		challenge, body := `Bearer realm="api"`, object{"error": "a bearer token is required"}
		if code != "" { // RFC 6750 §3.1: no code for a request without credentials
			challenge += `, error="` + code + `"`
			body["error"] = code
		}
		w.Header().Set("WWW-Authenticate", challenge)
		writeJSON(w, status, body)
		return access{}, "", false
	}
	header := r.Header.Values("Authorization")
	if len(header) == 0 {
		return refuse(http.StatusUnauthorized, "")
	}
	scheme, token, ok := strings.Cut(header[0], " ")
	if len(header) > 1 || !ok || token == "" {
		return refuse(http.StatusBadRequest, "invalid_request")
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return refuse(http.StatusUnauthorized, "")
	}
	if user, ok := p.tokens()[token]; ok {
		return access{user: user}, token, true
	}
	p.mu.Lock()
	who, ok := p.issued[token]
	p.mu.Unlock()
	if !ok || time.Now().After(who.expires) {
		return refuse(http.StatusUnauthorized, "invalid_token")
	}
	return who, token, true
}

func (p *Provider) serveEcho(w http.ResponseWriter, r *http.Request, body []byte) {
	who, token, ok := p.bearer(w, r)
	if !ok {
		return
	}
	echo := object{
		"method": r.Method, "path": r.URL.Path, "query": withoutToken(r.URL.Query(), token),
		"client": who.client, "user": who.user, "scope": who.scope, "content_type": r.Header.Get("Content-Type"),
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && mediaType == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			writeJSON(w, http.StatusBadRequest, object{"error": "the form is not well formed"})
			return
		}
		echo["form"] = withoutToken(form, token)
	}
	writeJSON(w, http.StatusOK, echo)
}

// withoutToken removes the token from an echo, in whichever parameter it was sent.
func withoutToken(values url.Values, token string) url.Values {
	for _, list := range values {
		for i, v := range list {
			list[i] = strings.ReplaceAll(v, token, "[token]")
		}
	}
	return values
}

func (p *Provider) serveItems(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := p.bearer(w, r); !ok {
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeJSON(w, http.StatusMethodNotAllowed, object{"error": "items can only be read"})
		return
	}
	writeJSON(w, http.StatusOK, object{"items": []object{
		{"id": 1, "name": "latch"}, {"id": 2, "name": "hinge"}, {"id": 3, "name": "bolt"},
	}})
}

func serveRedirect(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	status := http.StatusFound
	if s := query.Get("status"); s != "" {
		status, _ = strconv.Atoi(s) // what is not a number is refused below
	}
	if query.Get("to") == "" || !slices.Contains([]int{301, 302, 303, 307, 308}, status) {
		writeJSON(w, http.StatusBadRequest, object{"error": "use /redirect?to=URL&status=301, 302, 303, 307 or 308"})
		return
	}
	w.Header().Set("Location", query.Get("to"))
	w.WriteHeader(status)
}

func serveMetadata(w http.ResponseWriter, r *http.Request) {
	issuer := origin(r)
	writeJSON(w, http.StatusOK, object{
		"issuer":                           issuer,
		"token_endpoint":                   issuer + "/token",
		"authorization_endpoint":           issuer + "/authorize",
		"device_authorization_endpoint":    issuer + "/device",
		"revocation_endpoint":              issuer + "/revoke",
		"introspection_endpoint":           issuer + "/introspect",
		"response_types_supported":         []string{"code"},
		"code_challenge_methods_supported": []string{"S256"},
		"grant_types_supported": []string{
			"authorization_code", "client_credentials", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
		},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "none"},
	})
}
