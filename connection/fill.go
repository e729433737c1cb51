package connection

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// fillHop puts the credentials into a request that is about to be sent, unless a
// redirect has led to another origin.
func (x *taskRequest) fillHop(r *http.Request) error {
	for _, p := range x.at(r.URL) {
		if slices.Contains(x.hosts, p) {
			continue
		}
		if err := x.manager.learn(r.Context(), x.snapshot, p); err != nil {
			return x.unknownTokens(err)
		}
		x.hosts = append(x.hosts, p)
	}
	if len(x.hosts) > 0 { // a part of a response may have a part of a token
		r.Header.Del("Range")
		r.Header.Del("If-Range")
	}
	x.leftOrigin = x.leftOrigin || x.origin != hostapi.OriginOf(x.start)
	if x.leftOrigin {
		if x.holdsSecret(r.URL.String()) { //nolint:contextcheck // what it calls ends by itself
			return x.secretInRedirect()
		}
		return nil
	}
	tokens := tokens(x.room.tokens[:0])
	for _, e := range x.uses {
		c, err := e.token(r.Context(), x.op, 0)
		if err != nil {
			return err
		}
		tokens = append(tokens, sent{e, c})
		if s := (sent{e, c}); !slices.Contains(x.sent, s) {
			x.sent = append(x.sent, s)
			x.manager.used(r.Context(), e, r.URL.Host)
		}
	}
	if err := x.fits(r, tokens); err != nil {
		return err
	}
	x.fill(r, tokens)
	for _, s := range x.sent {
		if err := x.prove(r, s); err != nil {
			return err
		}
	}
	return nil
}

// maxHeader bounds headers and query together once tokens have replaced the stand-ins,
// in bytes.
const maxHeader = 256 << 10

// fits refuses a request that would grow too large: a token may be many times as long
// as its stand-in.
func (x *taskRequest) fits(r *http.Request, tokens tokens) error {
	longest := 0
	for _, t := range tokens {
		longest = max(longest, 3*len(t.AccessToken())) // if every byte is escaped
	}
	if x.standIns <= 1 && longest <= maxHeader && x.grant.Cookies == nil {
		return nil
	}
	head := strings.Count(r.URL.RawQuery, hostapi.SealedPrefix)
	for _, values := range r.Header {
		for _, v := range values {
			head += strings.Count(v, hostapi.SealedPrefix)
		}
	}
	if head*longest > maxHeader {
		return &hostapi.Error{
			Code: hostapi.CodeLimit, Op: x.op, Name: x.start.Host,
			Message: "the headers and the query would exceed " + strconv.Itoa(maxHeader>>10) + " KiB with their tokens",
			Hint:    "use the token fewer times in the request",
		}
	}
	body := 0
	for content := range x.body.InMemory() {
		body += bytes.Count(content, []byte(hostapi.SealedPrefix))
	}
	if body > 1 && x.body.Size()+int64(body*longest) > x.maxBody {
		e := limit.Reached(hostapi.Limits{RequestBytes: x.maxBody}, "request_bytes")
		e.Op, e.Name, e.Hint = x.op, x.start.Host, "the body is larger with its tokens; use them fewer times, or "+e.Hint
		return e
	}
	return nil
}

// fill replaces stand-ins by tokens, each escaped as its position in the request needs
// it.
func (x *taskRequest) fill(r *http.Request, tokens tokens) {
	seals := x.manager.sealed(x.snapshot)
	with := func(e *entry, place string) (string, bool) {
		token, ok := tokens.of(e) // not one from a cookie of an earlier response
		return token, ok && e.conn.Takes(place)
	}
	if x.auth != nil {
		token, _ := tokens.of(x.auth)
		x.auth.conn.SetHeader(r.Header, token)
	}
	sealed := r.Header.Get("Authorization")
	seals.swapHeader(r.Header, with)
	x.fillCookies(r, tokens)
	if filled := r.Header.Get("Authorization"); filled != sealed && isBasic(filled) {
		// An API that echoes headers returns user and password as one base64 text.
		_, from, _ := strings.Cut(filled, " ")
		_, to, _ := strings.Cut(sealed, " ")
		x.basic.Replace(from, to)
	}
	if strings.Contains(r.URL.RawQuery, hostapi.SealedPrefix) {
		u := *r.URL
		u.RawQuery = seals.swapPairs(u.RawQuery, oauthtoml.InQuery, with)
		r.URL = &u
	}
	if x.body == nil || r.Body == nil || r.ContentLength <= 0 {
		return // a redirect may have turned the request into a GET
	}
	contentType := r.Header.Get("Content-Type")
	_ = r.Body.Close() // it has not been read
	x.body.Map(func(content []byte) []byte { return []byte(seals.swapBody(string(content), contentType, with)) }).SetTo(r)
}

// fillCookies puts tokens into the cookies of the jar whose place in Set-Cookie they had: the
// server sent them, and gets them back. A stand-in that the server sent is not in the jar,
// see [cleanJar], and one in a cookie of the script has been refused.
func (x *taskRequest) fillCookies(r *http.Request, tokens tokens) {
	for i, cookies := range r.Header["Cookie"] {
		r.Header["Cookie"][i] = x.manager.sealed(x.snapshot).swapParts(cookies, "", func(e *entry, _ string) (string, bool) {
			return tokens.of(e)
		})
	}
}
