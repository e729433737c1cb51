package hostapi

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// Request is an HTTP request of a script. [Request.HTTP] encodes it for both JavaScript
// and WebAssembly, so that they send the same bytes.
type Request struct {
	Method string `json:"method"` // upper case, such as "POST"

	// URL is absolute, http or https, and sent unchanged: a script must encode it.
	// Non-ASCII characters are percent-encoded as UTF-8.
	URL string `json:"url"`

	QueryParam []Param `json:"queryParam,omitempty"` // appended to the URL; order and duplicates are kept
	Header     []Param `json:"header,omitempty"`     // values of one name keep this order, and the case of the first name; see CheckHeader for restrictions

	// At most one of FormParam, Multipart, Body and BodyFile is the request's body.
	FormParam   []Param `json:"formParam,omitempty"` // application/x-www-form-urlencoded; order is kept
	Multipart   []Part  `json:"multipart,omitempty"` // multipart/form-data
	Body        []byte  `json:"-"`                   // nil: no body; empty: an empty body
	BodyFile    *File   `json:"-"`                   // the content of a file; nil: none
	ContentType string  `json:"contentType,omitempty"`

	// At most one of these five authenticates the request. Default: none.
	Bearer        string         `json:"bearer,omitempty"`        // token for "Authorization: Bearer", RFC 6750 §2.1
	Basic         *Basic         `json:"basic,omitempty"`         // RFC 7617
	Authorization *Authorization `json:"authorization,omitempty"` // any other scheme
	AuthSetting   string         `json:"authSetting,omitempty"`   // name of a connection, whose credential the connector adds
	AWSSignV4     *AWSSignV4     `json:"awsSignV4,omitempty"`     // the engine signs the request and sets Authorization

	// Retry is the maximum number of repeats, see [Request.Repeat]: after a response 429
	// or 503, or after a network failure if the method is idempotent. Default 0. Every
	// attempt counts as a request of the task.
	Retry int `json:"retry,omitempty"`
}

// Param is a name and a value.
type Param struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Part is one part of a multipart/form-data body, RFC 7578. A part with a
// FileName is a file.
type Part struct {
	Name        string `json:"name"`
	FileName    string `json:"fileName,omitempty"`
	ContentType string `json:"contentType,omitempty"` // default for a file: application/octet-stream
	Content     []byte `json:"content"`
	File        *File  `json:"-"` // its content instead of Content, but not its name and type; default nil
}

// Basic is a user name and password, RFC 7617.
type Basic struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// AWSSignV4 has the credentials for Signature Version 4 of Amazon Web Services.
type AWSSignV4 struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
	Region    string `json:"region"`
	Service   string `json:"service"` // such as "s3"
}

// Authorization is an Authorization header of any scheme.
type Authorization struct {
	Scheme      string `json:"scheme"`
	Credentials string `json:"credentials"`
}

func invalid(op, name, message, hint string) error {
	return &Error{Code: CodeInvalidArgument, Op: op, Name: name, Message: message, Hint: hint}
}

// CheckURL parses a URL of a script: it must be absolute, http or https, with a host
// and without user information. The error does not repeat the URL, which may hold a
// secret.
func CheckURL(raw string) (*url.URL, error) { return checkURL("url", raw) }

func checkURL(op, raw string) (*url.URL, error) {
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] == 0x7f {
			return nil, invalid(op, "", "the URL has a space or control character", "encode it, as %20 for a space")
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		// A url.Error repeats the URL, which may have a secret.
		return nil, invalid(op, "", "the URL is not well formed", "write it as https://host/path, percent-encoded")
	}
	host := u.Hostname()
	switch {
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return nil, invalid(op, u.Scheme, "only http and https can be requested", "")
	case u.Scheme == "" || u.Opaque != "":
		return nil, invalid(op, "", "the URL is not absolute", "write it as https://host/path")
	case u.User != nil:
		return nil, invalid(op, u.Host, "the URL contains a user name or password", "send them with basic(user, password)")
	case host == "":
		return nil, invalid(op, "", "the URL has no host", "write it as https://host/path")
	case !isASCII(host):
		return nil, invalid(op, u.Host, "the host has a non-ASCII character", "write it in its xn-- form")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, invalid(op, u.Host, "the port is not a number from 1 to 65535", "")
		}
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery = escapeNonASCII(u.RawQuery)
	return u, nil
}

// CheckHeader refuses a header that is malformed or reserved for the host, such as Host
// or Content-Length.
func CheckHeader(name, value string) error {
	if !isToken(name) {
		return invalid("header", fmt.Sprintf("%q", name), "not a header name", "use letters, digits and -")
	}
	if hasControl(value) {
		return invalid("header", name, "the value has a line break or another control character", "")
	}
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Host", "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "Te",
		"Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Expect", "Accept-Encoding":
		return invalid("header", name, "this header is set by the host", "leave it out")
	}
	return nil
}

// maxHeaderBytes bounds the names and values of all header fields together. Servers
// accept less: 8 KiB is common.
const maxHeaderBytes = 256 << 10

// HTTP validates r and converts it to a net/http request whose body can be sent again.
// The connector resolves AuthSetting, and applies the [Spelling] of the header, whose
// names are canonical here. Files by reference are opened when the body is read, each
// time, with ctx. An error has [CodeInvalidArgument].
func (r *Request) HTTP(ctx context.Context) (*http.Request, error) {
	req, _, err := r.Encode(ctx)
	return req, err
}

// Encode is HTTP that also returns the body, for a connector that changes it; nil if the
// request has none. Its errors are those of HTTP.
func (r *Request) Encode(ctx context.Context) (*http.Request, *Body, error) {
	if r == nil {
		return nil, nil, invalid("request", "", "the request is nil", "")
	}
	op := r.Op()
	if !isToken(r.Method) {
		return nil, nil, invalid("request", fmt.Sprintf("%q", r.Method), "not an HTTP method", "")
	}
	u, err := checkURL(op, r.URL)
	if err != nil {
		return nil, nil, err
	}
	if len(r.QueryParam) > 0 {
		query := EncodeForm(r.QueryParam)
		if u.RawQuery != "" {
			query = u.RawQuery + "&" + query
		}
		u.RawQuery = query
	}
	body, contentType, err := r.encodeBody(op)
	if err != nil {
		return nil, nil, err
	}
	header, err := r.encodeHeader(op, u, contentType)
	if err != nil {
		return nil, nil, err
	}
	req := (&http.Request{
		Method: r.Method, URL: u, Host: u.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	body.SetTo(req)
	return req, body, nil
}

func (r *Request) encodeHeader(op string, u *url.URL, contentType string) (http.Header, error) {
	header := make(http.Header, len(r.Header)+2)
	values := make([]string, 0, len(r.Header)+2) // of all fields
	set := func(name, value string) {
		values = append(values, value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	size := 0
	for _, h := range r.Header {
		if err := CheckHeader(h.Name, h.Value); err != nil {
			return nil, err
		}
		size += len(h.Name) + len(h.Value)
		name := textproto.CanonicalMIMEHeaderKey(h.Name)
		if _, again := header[name]; again {
			header[name] = append(header[name], h.Value)
		} else {
			set(name, h.Value)
		}
	}
	if own := header["Content-Type"]; contentType != "" && (len(own) == 0 || own[0] == "") {
		if hasControl(contentType) {
			return nil, invalid("body", "", "the content type has a line break or another control character", "")
		}
		set("Content-Type", contentType)
	}
	authorization, err := r.authorization()
	if err != nil {
		return nil, err
	}
	if authorization != "" {
		set("Authorization", authorization)
	}
	if size += len(contentType) + len(authorization); size > maxHeaderBytes {
		return nil, invalid(op, u.Host, fmt.Sprintf("the header of the request has %d bytes, more than %d", size, maxHeaderBytes),
			"send large values in the body")
	}
	return header, nil
}

// Op returns the Op of errors about the request, see [Error]: the method in lower case.
func (r *Request) Op() string {
	switch {
	case r == nil:
		return ""
	case r.Method == http.MethodGet:
		return "get"
	case r.Method == http.MethodPost:
		return "post"
	}
	return strings.ToLower(r.Method)
}

// BodyBytes returns the size of the body before form or multipart encoding, including
// names: the size that [Limits].RequestBytes bounds.
func (r *Request) BodyBytes() int64 {
	n := int64(len(r.Body))
	if r.BodyFile != nil {
		n += r.BodyFile.Length()
	}
	for i := range r.FormParam {
		n += int64(len(r.FormParam[i].Name) + len(r.FormParam[i].Value))
	}
	for i := range r.Multipart {
		p := &r.Multipart[i]
		n += int64(len(p.Name)+len(p.FileName)) + p.length()
	}
	return n
}

// Credentials returns the credentials that the script itself supplied: in bearer and
// the like, or in a header with a name such as X-Api-Key. The engine removes them from
// logs and data.
func (r *Request) Credentials() []string {
	var list []string
	switch {
	case r.Bearer != "":
		list = append(list, r.Bearer)
	case r.Basic != nil:
		list = append(list, r.Basic.Password)
	case r.Authorization != nil:
		list = append(list, r.Authorization.Credentials)
	case r.AWSSignV4 != nil:
		list = append(list, r.AWSSignV4.SecretKey)
	}
	for _, h := range r.Header {
		if namesCredential(h.Name) {
			_, credentials, ok := strings.Cut(h.Value, " ") // after the scheme
			if !ok {
				credentials = h.Value
			}
			list = append(list, credentials)
		}
	}
	return list
}

// namesCredential reports whether APIs use a header of that name for credentials:
// Authorization, X-Api-Key, X-Auth-Token, Private-Token, Cookie.
func namesCredential(header string) bool {
	header = strings.ToLower(header)
	for _, word := range []string{"auth", "key", "token", "secret", "cookie"} {
		if strings.Contains(header, word) {
			return true
		}
	}
	return false
}

func (r *Request) authorization() (string, error) {
	var value string
	n := 0
	if r.Bearer != "" {
		value = "Bearer " + r.Bearer
		n++
	}
	if r.Basic != nil {
		if strings.Contains(r.Basic.Username, ":") {
			return "", invalid("basic", "", "a user name for basic authentication has no colon", "")
		}
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(r.Basic.Username+":"+r.Basic.Password))
		n++
	}
	if r.Authorization != nil {
		if !isToken(r.Authorization.Scheme) {
			return "", invalid("authorization", "", "the scheme is not a single word", "")
		}
		value = r.Authorization.Scheme + " " + r.Authorization.Credentials
		n++
	}
	if r.AuthSetting != "" {
		n++
	}
	if r.AWSSignV4 != nil {
		n++
	}
	if n > 1 {
		return "", invalid("request", "", "more than one of bearer, basic, authorization, authSetting and awsSignV4 is set", "keep one")
	}
	if hasControl(value) {
		return "", invalid("request", "Authorization", "the credential has a line break or another control character", "")
	}
	return value, nil
}

const upperHex = "0123456789ABCDEF"

func escapeNonASCII(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < 0x80 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	return b.String()
}

// isToken reports whether s is a token, RFC 9110 §5.6.2.
func isToken(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return true
}

// hasControl reports whether s has a control character other than a tab, which is
// invalid in a field value, RFC 9110 §5.5.
func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}
