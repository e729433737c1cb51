package cli

import (
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/terminal"
)

// curl returns the words of a command that sends the request.
func (s *curlScript) curl(p connection.Preview) []string {
	quote := func(text string) string { return quoted(text, p.Placeholders, "") }
	words := []string{"curl --request " + p.Method}
	for _, name := range headerNames(p) {
		for _, value := range p.Header[name] {
			if value == "" {
				words = append(words, "--header "+quote(name+";")) // as curl writes an empty one
				continue
			}
			words = append(words, "--header "+quote(name+": "+value))
		}
	}
	if p.Username != "" {
		words = append(words, "--user "+s.credentials(p))
	}
	words = append(append(words, s.proxy()...), s.tls()...)
	target := p.URL
	switch {
	case p.Params == nil:
		words = append(words, "--data-raw "+s.body(p))
	case p.Body == "":
		target, _, _ = strings.Cut(target, "?")
		words = append(words, "--get")
		if p.Method == http.MethodPost {
			words = append(words, "--header 'Content-Length: 0'")
		}
	}
	if strings.ContainsAny(target, "[]{}") {
		words = append(words, "--globoff") // they are patterns otherwise
	}
	return append(append(words, parameters(p)...), quote(target))
}

// credentials returns the word of curl for basic authentication.
func (s *curlScript) credentials(p connection.Preview) string {
	encode := ""
	if p.FormEncoded && mentions(p.Password, p.Placeholders) {
		encode = s.call("form")
	}
	return quoted(p.Username+":"+p.Password, p.Placeholders, encode)
}

// body returns the word for a body as it is sent, in which what is in a variable is
// written as the content type wants it.
func (s *curlScript) body(p connection.Preview) string {
	encode, text := "json", terminal.Escape(p.Body) // in JSON it means the same
	mediaType, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
	switch {
	case mediaType == "application/x-www-form-urlencoded":
		encode, text = "form", p.Body
	case strings.HasSuffix(mediaType, "/xml"), strings.HasSuffix(mediaType, "+xml"):
		encode, text = "xml", p.Body
	}
	if mentions(text, p.Placeholders) {
		s.call(encode)
	}
	return quoted(text, p.Placeholders, encode)
}

// mentions reports whether one of the placeholders is in the text.
func mentions(text string, placeholders []connection.Placeholder) bool {
	return slices.ContainsFunc(placeholders, func(p connection.Placeholder) bool { return strings.Contains(text, p.Text) })
}

// parameters returns the parameters of a request as flags of curl, which encodes them.
func parameters(p connection.Preview) []string {
	var names, words []string
	for name := range p.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range p.Params[name] {
			name := url.QueryEscape(name)
			if terminal.Escape(value) == value {
				words = append(words, "--data-urlencode "+quoted(name+"="+value, p.Placeholders, ""))
			} else {
				words = append(words, "--data "+quoted(name+"="+url.QueryEscape(value), nil, ""))
			}
		}
	}
	return words
}

// proxyVariable returns the variable that holds the proxy's URL, nil if that is in
// the file.
func (s *curlScript) proxyVariable() *connection.Placeholder {
	if !isReference(s.proxyText) {
		return nil
	}
	return &connection.Placeholder{Text: "placeholder_proxy", Name: "PROXY", About: "proxy of " + s.proxyFile + ", which is " + s.proxyText}
}

// proxy returns the proxy as a flag of curl. Names are looked up behind a SOCKS proxy,
// which is what Postern does.
func (s *curlScript) proxy() []string {
	switch {
	case s.proxyText == "":
		return nil
	case isReference(s.proxyText):
		return []string{`--proxy "$PROXY"`}
	}
	return []string{"--proxy " + shellWord(strings.Replace(s.proxyText, "socks5://", "socks5h://", 1))}
}

// pins returns the fingerprints of the only certificates to accept, as openssl has them
// without colons.
func (s *curlScript) pins() []string {
	settings, _ := s.settings["tls"].(map[string]any)
	list, ok := settings["pin_sha256"].([]any)
	if !ok {
		list = []any{settings["pin_sha256"]}
	}
	var pins []string
	for _, v := range list {
		if text, _ := v.(string); text != "" {
			pins = append(pins, strings.ToLower(strings.ReplaceAll(text, ":", "")))
		}
	}
	return pins
}

// dialed returns the host and port of a URL.
func dialed(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + ":443"
}

// tls returns the flags of curl for the connection's TLS.
func (s *curlScript) tls() []string {
	settings, _ := s.settings["tls"].(map[string]any)
	var words []string
	for _, flag := range []struct{ key, name string }{{"cert_file", "--cert"}, {"key_file", "--key"}, {"ca_file", "--cacert"}} {
		path, _ := settings[flag.key].(string)
		if path == "" {
			continue
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(s.file), path)
		}
		words = append(words, flag.name+" "+shellWord(path))
	}
	if settings["min_version"] == "1.3" {
		words = append(words, "--tlsv1.3")
	}
	insecure, _ := settings["insecure"].(bool)
	switch {
	case len(s.pins()) > 0: // the key is looked at although the names are not
		words = append(words, `--insecure --pinnedpubkey "$PIN"`)
	case insecure:
		words = append(words, "--insecure")
	}
	return words
}
