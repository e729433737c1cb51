package authserver

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxQuery = 16 << 10 // bytes of an authorization request
	maxBody  = 64 << 10 // bytes of a form
)

// params are the parameters of a request. One without a value counts as left out,
// RFC 6749 §3.1.
type params struct {
	values   url.Values
	repeated []string // names that are there several times, also without a value
}

// parseParams decodes parameters of a query or a form. It returns those it could read also
// with an error.
func parseParams(encoded string) (params, error) {
	values, err := url.ParseQuery(encoded)
	p := params{values: make(url.Values, len(values))}
	for name, all := range values {
		if len(all) > 1 {
			p.repeated = append(p.repeated, name)
		}
		for _, value := range all {
			if !utf8.ValidString(value) {
				err = errors.Join(err, errors.New("a value is not UTF-8"))
			}
			if value != "" {
				p.values[name] = append(p.values[name], value)
			}
		}
	}
	return p, err
}

// get returns the value of a parameter, "" if it is not there or repeated.
func (p params) get(name string) string {
	if all := p.values[name]; len(all) == 1 {
		return all[0]
	}
	return ""
}

func (p params) has(name string) bool { return len(p.values[name]) > 0 }

// repeats reports whether one of those parameters, of all if none is named, is repeated,
// which no parameter but resource may be: RFC 6749 §3.1, RFC 8707 §2.
func (p params) repeats(names ...string) bool {
	return slices.ContainsFunc(p.repeated, func(name string) bool {
		return name != "resource" && (len(names) == 0 || slices.Contains(names, name))
	})
}

// readForm reads the parameters in the body of a request. The query is never read: proxies
// and browsers keep it.
func readForm(w http.ResponseWriter, r *http.Request) (params, *oauthError) {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "application/x-www-form-urlencoded") {
		return params{}, invalidRequest("the body has to be application/x-www-form-urlencoded")
	}
	var body strings.Builder
	if _, err := io.Copy(&body, http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return params{}, &oauthError{status: http.StatusRequestEntityTooLarge, code: "invalid_request", description: "the body is too large"}
		}
		return params{}, invalidRequest("the body could not be read")
	}
	form, err := parseParams(body.String())
	switch {
	case err != nil:
		return form, invalidRequest("the body is not encoded as a form")
	case form.repeats():
		return form, invalidRequest("a parameter is repeated")
	}
	return form, nil
}
