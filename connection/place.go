package connection

import (
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

// swap returns what is sent in place of a stand-in of e at a place of a request, as
// [oauthtoml.Connection.Takes] names it. ok is false if the stand-in is left as it is.
type swap func(e *entry, place string) (text string, ok bool)

// escaped returns a swap that escapes what with returns.
func (with swap) escaped(escape func(string) string) swap {
	return func(e *entry, place string) (string, bool) {
		text, ok := with(e, place)
		return escape(text), ok
	}
}

// formType is the media type of an HTML form, RFC 1866 §8.2.1.
const formType = "application/x-www-form-urlencoded"

// swapHeader replaces the stand-ins in h that are a whole credential: alone, after one
// scheme, or as the user name or the password of basic authentication. Of all others, with
// learns the place "".
func (s seals) swapHeader(h http.Header, with swap) {
	for name, values := range h {
		for i, v := range values {
			if pair, ok := cutBasic(v); ok && strings.Contains(pair, hostapi.SealedPrefix) {
				values[i] = v[:len("Basic ")] + base64.StdEncoding.EncodeToString([]byte(s.swapBasic(pair, with)))
				continue
			}
			if strings.Contains(v, hostapi.SealedPrefix) {
				scheme, credential := cutScheme(v)
				if swapped := s.swapWhole(credential, placeOf(name), with); swapped != credential {
					values[i] = scheme + swapped
				}
			}
		}
	}
}

// placeOf returns the place of the header of that name.
func placeOf(header string) string {
	if header == "Authorization" { // nearly always
		return oauthtoml.InHeader + "Authorization"
	}
	return oauthtoml.InHeader + http.CanonicalHeaderKey(header)
}

// cutScheme splits the value of a header after the scheme and its space, RFC 9110 §11.4, if
// it has one.
func cutScheme(value string) (scheme, credential string) {
	if i := strings.IndexByte(value, ' '); i > 0 && !strings.Contains(value[:i], hostapi.SealedPrefix) {
		return value[:i+1], value[i+1:]
	}
	return "", value
}

// isBasic reports whether the value of a header is that of basic authentication.
func isBasic(authorization string) bool {
	scheme, _, ok := strings.Cut(authorization, " ")
	return ok && strings.EqualFold(scheme, "Basic")
}

// cutBasic returns the decoded credentials of basic authentication, RFC 7617 §2.
func cutBasic(authorization string) (pair string, ok bool) {
	if !isBasic(authorization) {
		return "", false
	}
	_, encoded, _ := strings.Cut(authorization, " ")
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	return string(decoded), err == nil
}

func (s seals) swapBasic(pair string, with swap) string {
	user, password, ok := strings.Cut(pair, ":")
	user = s.swapWhole(user, oauthtoml.InBasic, with)
	if !ok {
		return user
	}
	return user + ":" + s.swapWhole(password, oauthtoml.InBasic, with)
}

// swapWhole replaces text if it is a stand-in. Of one that is only a part of it, with learns
// the place "".
func (s seals) swapWhole(text, place string, with swap) string {
	if len(text) == standInLength {
		if e := s(text); e != nil {
			if swapped, ok := with(e, place); ok {
				return swapped
			}
			return text
		}
	}
	return s.swapParts(text, "", with)
}

// swapParts replaces all stand-ins in text.
func (s seals) swapParts(text, place string, with swap) string {
	return s.replace(text, func(e *entry) string {
		if swapped, ok := with(e, place); ok {
			return swapped
		}
		return e.standIn
	})
}

// swapPairs replaces the stand-ins that are the whole value of a pair of a query or form.
func (s seals) swapPairs(pairs, in string, with swap) string {
	if !strings.Contains(pairs, hostapi.SealedPrefix) {
		return pairs
	}
	escaped := with.escaped(url.QueryEscape)
	all := strings.Split(pairs, "&")
	for i, pair := range all {
		name, value, ok := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if !ok || err != nil {
			all[i] = s.swapParts(pair, "", escaped)
			continue
		}
		all[i] = s.swapParts(name, "", escaped) + "=" + s.swapWhole(value, in+plain, escaped)
	}
	return strings.Join(all, "&")
}

// swapBody replaces the stand-ins in bytes of a body of that content type: in a form the
// whole value of a pair, if its connection takes it there, and else anywhere.
func (s seals) swapBody(content, contentType string, with swap) string {
	mediaType, _, _ := mime.ParseMediaType(contentType) // an invalid type is treated as plain text
	if mediaType != formType {
		return s.swapParts(content, oauthtoml.InBody, with.escaped(escaper(mediaType)))
	}
	return s.swapPairs(content, oauthtoml.InForm, func(e *entry, place string) (string, bool) {
		if e.conn.Takes(place) {
			return with(e, place)
		}
		return with(e, oauthtoml.InBody)
	})
}

// escaper returns the function that escapes a token for a body of that media type, as a
// script that knew the token would have written it.
func escaper(mediaType string) func(string) string {
	switch {
	case mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"):
		return oauthtoml.JSONText
	case strings.HasSuffix(mediaType, "/xml") || strings.HasSuffix(mediaType, "+xml"):
		return oauthtoml.XMLText
	}
	return func(token string) string { return token }
}
