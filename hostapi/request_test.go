package hostapi_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// wire returns the bytes that r is sent as.
func wire(t *testing.T, r *hostapi.Request) string {
	t.Helper()
	req, err := r.HTTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	req.Header["User-Agent"] = nil // net/http's own is not of interest
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func lines(text ...string) string { return strings.Join(text, "\r\n") }

func TestRequestBytes(t *testing.T) {
	t.Parallel()
	const target = "https://api.test/v1"
	tests := []struct {
		name string
		req  hostapi.Request
		want string
	}{
		{
			"get",
			hostapi.Request{Method: "GET", URL: target},
			lines("GET /v1 HTTP/1.1", "Host: api.test", "", ""),
		},
		{
			"no path",
			hostapi.Request{Method: "GET", URL: "http://api.test:8080"},
			lines("GET / HTTP/1.1", "Host: api.test:8080", "", ""),
		},
		{
			"headers",
			hostapi.Request{Method: "GET", URL: target, Header: []hostapi.Param{{"x-b", "2"}, {"X-A", "1"}, {"X-B", "3"}}},
			lines("GET /v1 HTTP/1.1", "Host: api.test", "X-A: 1", "X-B: 2", "X-B: 3", "", ""),
		},
		{
			"bearer",
			hostapi.Request{Method: "GET", URL: target, Bearer: "abc"},
			lines("GET /v1 HTTP/1.1", "Host: api.test", "Authorization: Bearer abc", "", ""),
		},
		{
			"basic",
			hostapi.Request{Method: "GET", URL: target, Basic: &hostapi.Basic{Username: "Aladdin", Password: "open:sésame"}},
			lines("GET /v1 HTTP/1.1", "Host: api.test", "Authorization: Basic QWxhZGRpbjpvcGVuOnPDqXNhbWU=", "", ""),
		},
		{
			"authorization",
			hostapi.Request{Method: "GET", URL: target, Authorization: &hostapi.Authorization{Scheme: "Zoho-oauthtoken", Credentials: "abc"}},
			lines("GET /v1 HTTP/1.1", "Host: api.test", "Authorization: Zoho-oauthtoken abc", "", ""),
		},
		{
			"credential beats header",
			hostapi.Request{Method: "GET", URL: target, Bearer: "abc", Header: []hostapi.Param{{"authorization", "x"}}},
			lines("GET /v1 HTTP/1.1", "Host: api.test", "Authorization: Bearer abc", "", ""),
		},
		{
			"post without body",
			hostapi.Request{Method: "POST", URL: target},
			lines("POST /v1 HTTP/1.1", "Host: api.test", "Content-Length: 0", "", ""),
		},
		{
			"empty body",
			hostapi.Request{Method: "POST", URL: target, Body: []byte{}, ContentType: "text/plain"},
			lines("POST /v1 HTTP/1.1", "Host: api.test", "Content-Length: 0", "Content-Type: text/plain", "", ""),
		},
		{
			"body",
			hostapi.Request{Method: "PUT", URL: target, Body: []byte("{}"), ContentType: "application/json; charset=UTF-8"},
			lines("PUT /v1 HTTP/1.1", "Host: api.test", "Content-Length: 2", "Content-Type: application/json; charset=UTF-8", "", "{}"),
		},
		{
			"type of the header",
			hostapi.Request{Method: "PUT", URL: target, Body: []byte("{}"), ContentType: "text/plain", Header: []hostapi.Param{{"content-type", "application/json"}}},
			lines("PUT /v1 HTTP/1.1", "Host: api.test", "Content-Length: 2", "Content-Type: application/json", "", "{}"),
		},
		{
			"body of any method",
			hostapi.Request{Method: "DELETE", URL: target, Body: []byte("x")},
			lines("DELETE /v1 HTTP/1.1", "Host: api.test", "Content-Length: 1", "", "x"),
		},
		{
			"form",
			hostapi.Request{Method: "POST", URL: target, FormParam: []hostapi.Param{{"b", "1 2"}, {"a", "&="}, {"b", ""}}},
			lines("POST /v1 HTTP/1.1", "Host: api.test", "Content-Length: 17", "Content-Type: application/x-www-form-urlencoded", "", "b=1+2&a=%26%3D&b="),
		},
		{
			"multipart",
			hostapi.Request{Method: "POST", URL: target, Multipart: []hostapi.Part{
				{Name: "note", Content: []byte("héllo")},
				{Name: "f\"\r\n", FileName: "日本.txt", ContentType: "text/plain; charset=UTF-8", Content: []byte("a\nb")},
				{Name: "raw", FileName: "x", Content: []byte{0, 1}},
			}},
			lines("POST /v1 HTTP/1.1", "Host: api.test", "Content-Length: BOUNDED",
				"Content-Type: multipart/form-data; boundary=BOUNDARY", "",
				"--BOUNDARY", `Content-Disposition: form-data; name="note"`, "", "héllo",
				"--BOUNDARY", `Content-Disposition: form-data; name="f%22%0D%0A"; filename="日本.txt"`, "Content-Type: text/plain; charset=UTF-8", "", "a\nb",
				"--BOUNDARY", `Content-Disposition: form-data; name="raw"; filename="x"`, "Content-Type: application/octet-stream", "", "\x00\x01",
				"--BOUNDARY--", ""),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := wire(t, &tt.req)
			if _, after, ok := strings.Cut(got, "boundary="); ok {
				boundary, _, _ := strings.Cut(after, "\r\n")
				got = strings.ReplaceAll(got, boundary, "BOUNDARY")
				before, rest, _ := strings.Cut(got, "Content-Length: ")
				_, rest, _ = strings.Cut(rest, "\r\n")
				got = before + "Content-Length: BOUNDED\r\n" + rest
			}
			if got != tt.want {
				t.Errorf("sent\n%q\nwant\n%q", got, tt.want)
			}
		})
	}
}

func TestRequestTarget(t *testing.T) {
	t.Parallel()
	param := func(pairs ...string) (params []hostapi.Param) {
		for i := 0; i < len(pairs); i += 2 {
			params = append(params, hostapi.Param{Name: pairs[i], Value: pairs[i+1]})
		}
		return params
	}
	tests := []struct {
		url   string
		query []hostapi.Param
		want  string
	}{
		{"http://a.test/x", nil, "/x"},
		{"http://a.test/x", param("b", "1", "a", "2", "b", "1"), "/x?b=1&a=2&b=1"},
		{"http://a.test/x?", param("b", "1"), "/x?b=1"},
		{"http://a.test/x?a=0", param("b", "1"), "/x?a=0&b=1"},
		{"http://a.test/x?a=0#frag", param("b", "1"), "/x?a=0&b=1"},
		{"http://a.test/x#frag", nil, "/x"},
		{"http://a.test/x?a=0&", param("b", "1"), "/x?a=0&&b=1"},
		{"http://a.test?a=0", nil, "/?a=0"},
		{"http://a.test/x", param("", ""), "/x?="},
		// As it is written, since the script has encoded it.
		{"http://a.test/%7Ea%2Fb/c~", nil, "/%7Ea%2Fb/c~"},
		{"http://a.test/x?q=a+b%20c&d[]=1|2", nil, "/x?q=a+b%20c&d[]=1|2"},
		{"http://a.test/x/../y//z", nil, "/x/../y//z"},
		// But for what cannot be sent.
		{"http://a.test/日本?q=é", nil, "/%E6%97%A5%E6%9C%AC?q=%C3%A9"},
		// java.net.URLEncoder in UTF-8.
		{"http://a.test/", param("azAZ09-_.*", "~!'()$,:;@/?#[]"), "/?azAZ09-_.*=%7E%21%27%28%29%24%2C%3A%3B%40%2F%3F%23%5B%5D"},
		{"http://a.test/", param("a b", "c+d&e=f%"), "/?a+b=c%2Bd%26e%3Df%25"},
		{"http://a.test/", param("q", "é日本😀"), "/?q=%C3%A9%E6%97%A5%E6%9C%AC%F0%9F%98%80"},
		{"http://a.test/", param("q", "\r\n\x00\t"), "/?q=%0D%0A%00%09"},
	}
	for _, tt := range tests {
		got, _, _ := strings.Cut(wire(t, &hostapi.Request{Method: "GET", URL: tt.url, QueryParam: tt.query}), "\r\n")
		if want := "GET " + tt.want + " HTTP/1.1"; got != want {
			t.Errorf("%q with %v: %q, want %q", tt.url, tt.query, got, want)
		}
	}
}

// Two engines must send the same bytes for the same parts.
func TestMultipartBoundary(t *testing.T) {
	t.Parallel()
	send := func(parts ...hostapi.Part) string {
		return wire(t, &hostapi.Request{Method: "POST", URL: "http://a.test", Multipart: parts})
	}
	part := hostapi.Part{Name: "a", Content: []byte("1")}
	one, two := send(part), send(part)
	if one != two {
		t.Errorf("the same parts were sent as\n%s\nand\n%s", one, two)
	}
	boundary := func(sent string) string {
		_, after, _ := strings.Cut(sent, "boundary=")
		b, _, _ := strings.Cut(after, "\r\n")
		return b
	}
	if b := boundary(one); b == "" || boundary(send(hostapi.Part{Name: "a", Content: []byte(b)})) == b {
		t.Errorf("a part that holds the boundary %q of another is sent with it", b)
	}
}

func TestRequestErrors(t *testing.T) {
	t.Parallel()
	const target = "http://a.test/"
	body := []byte("x")
	form := []hostapi.Param{{Name: "a", Value: "b"}}
	parts := []hostapi.Part{{Name: "a"}}
	header := func(name, value string) hostapi.Request {
		return hostapi.Request{Method: "GET", URL: target, Header: []hostapi.Param{{Name: name, Value: value}}}
	}
	tests := []struct {
		name string
		req  hostapi.Request
		want string // a part of the message
	}{
		{"no method", hostapi.Request{URL: target}, "not an HTTP method"},
		{"two words", hostapi.Request{Method: "GET /", URL: target}, "not an HTTP method"},
		{"line in method", hostapi.Request{Method: "GET\r\nX: y", URL: target}, "not an HTTP method"},

		{"no URL", hostapi.Request{Method: "GET"}, "not absolute"},
		{"relative", hostapi.Request{Method: "GET", URL: "/s3cr3t"}, "not absolute"},
		{"no scheme", hostapi.Request{Method: "GET", URL: "//a.test/s3cr3t"}, "not absolute"},
		{"opaque", hostapi.Request{Method: "GET", URL: "http:s3cr3t"}, "not absolute"},
		{"no host", hostapi.Request{Method: "GET", URL: "http:///s3cr3t"}, "no host"},
		{"port alone", hostapi.Request{Method: "GET", URL: "http://:80/s3cr3t"}, "no host"},
		{"not well formed", hostapi.Request{Method: "GET", URL: "http://a.test/%zz?s3cr3t"}, "not well formed"},
		{"bad port", hostapi.Request{Method: "GET", URL: "http://a.test:x/s3cr3t"}, "not well formed"},
		{"port of zero", hostapi.Request{Method: "GET", URL: "http://a.test:0/s3cr3t"}, "not a number from 1 to 65535"},
		{"port too large", hostapi.Request{Method: "GET", URL: "http://a.test:65536/s3cr3t"}, "not a number from 1 to 65535"},
		{"file", hostapi.Request{Method: "GET", URL: "file:///s3cr3t"}, "only http and https"},
		{"gopher", hostapi.Request{Method: "GET", URL: "gopher://a.test/s3cr3t"}, "only http and https"},
		{"javascript", hostapi.Request{Method: "GET", URL: "javascript:s3cr3t"}, "only http and https"},
		{"user", hostapi.Request{Method: "GET", URL: "http://u:s3cr3t@a.test/"}, "user name or password"},
		{"space", hostapi.Request{Method: "GET", URL: "http://a.test/s3cr3t x"}, "space or control"},
		{"line", hostapi.Request{Method: "GET", URL: "http://a.test/\r\nX: s3cr3t"}, "space or control"},
		{"NUL", hostapi.Request{Method: "GET", URL: "http://a.test/\x00s3cr3t"}, "space or control"},
		{"other script", hostapi.Request{Method: "GET", URL: "http://b\u00fccher.test/s3cr3t"}, "non-ASCII"},
		{"look-alike", hostapi.Request{Method: "GET", URL: "http://\u0130.test/s3cr3t"}, "non-ASCII"},

		{"no header name", header("", "s3cr3t"), "not a header name"},
		{"space in name", header("X Y", "s3cr3t"), "not a header name"},
		{"colon in name", header("X:", "s3cr3t"), "not a header name"},
		{"line in name", header("X\r\nY", "s3cr3t"), "not a header name"},
		{"other script in name", header("\u212a", "s3cr3t"), "not a header name"},
		{"CR", header("X", "s3cr3t\rY: z"), "line break"},
		{"LF", header("X", "s3cr3t\nY: z"), "line break"},
		{"NUL in value", header("X", "s3cr3t\x00"), "control character"},
		{"DEL in value", header("X", "s3cr3t\x7f"), "control character"},
		{"host", header("hOsT", "s3cr3t"), "set by the host"},
		{"connection", header("connection", "s3cr3t"), "set by the host"},
		{"keep-alive", header("Keep-Alive", "s3cr3t"), "set by the host"},
		{"proxy-connection", header("Proxy-Connection", "s3cr3t"), "set by the host"},
		{"proxy-authorization", header("PROXY-AUTHORIZATION", "s3cr3t"), "set by the host"},
		{"te", header("TE", "s3cr3t"), "set by the host"},
		{"trailer", header("Trailer", "s3cr3t"), "set by the host"},
		{"transfer-encoding", header("Transfer-Encoding", "s3cr3t"), "set by the host"},
		{"upgrade", header("Upgrade", "s3cr3t"), "set by the host"},
		{"content-length", header("Content-Length", "1"), "set by the host"},
		{"expect", header("Expect", "s3cr3t"), "set by the host"},
		{"accept-encoding", header("Accept-Encoding", "s3cr3t"), "set by the host"},

		{"form and body", hostapi.Request{Method: "POST", URL: target, FormParam: form, Body: body}, "more than one"},
		{"form and multipart", hostapi.Request{Method: "POST", URL: target, FormParam: form, Multipart: parts}, "more than one"},
		{"multipart and empty body", hostapi.Request{Method: "POST", URL: target, Multipart: parts, Body: []byte{}}, "more than one"},
		{"line in type", hostapi.Request{Method: "POST", URL: target, Body: body, ContentType: "a/b\r\nX: s3cr3t"}, "line break"},
		{
			"line in type of part",
			hostapi.Request{Method: "POST", URL: target, Multipart: []hostapi.Part{{Name: "a", ContentType: "a/b\r\nX: s3cr3t"}}},
			"line break",
		},

		{"bearer and basic", hostapi.Request{Method: "GET", URL: target, Bearer: "s3cr3t", Basic: &hostapi.Basic{}}, "more than one"},
		{"basic and authorization", hostapi.Request{Method: "GET", URL: target, Basic: &hostapi.Basic{Password: "s3cr3t"}, Authorization: &hostapi.Authorization{Scheme: "X"}}, "more than one"},
		{"bearer and setting", hostapi.Request{Method: "GET", URL: target, Bearer: "s3cr3t", AuthSetting: "crm"}, "more than one"},
		{"line in bearer", hostapi.Request{Method: "GET", URL: target, Bearer: "s3cr3t\r\nX: y"}, "line break"},
		{"line in credentials", hostapi.Request{Method: "GET", URL: target, Authorization: &hostapi.Authorization{Scheme: "X", Credentials: "s3cr3t\n"}}, "line break"},
		{"line in scheme", hostapi.Request{Method: "GET", URL: target, Authorization: &hostapi.Authorization{Scheme: "X\n", Credentials: "s3cr3t"}}, "single word"},
		{"colon in user", hostapi.Request{Method: "GET", URL: target, Basic: &hostapi.Basic{Username: "a:b", Password: "s3cr3t"}}, "colon"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tt.req.HTTP(t.Context())
			if code := hostapi.CodeOf(err); code != hostapi.CodeInvalidArgument {
				t.Fatalf("error %v with code %q, want invalid_argument", err, code)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("error %q holds the secret", err)
			}
		})
	}
}

func TestBodyCanBeSentAgain(t *testing.T) {
	t.Parallel()
	req, err := (&hostapi.Request{Method: "POST", URL: "http://a.test/", Body: []byte("again")}).HTTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		body, err := req.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(body); err != nil || string(b) != "again" {
			t.Errorf("body %q, %v", b, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	tests := map[string]hostapi.Request{
		"":            {AuthSetting: "crm"},
		"token":       {Bearer: "token"},
		"password":    {Basic: &hostapi.Basic{Username: "user", Password: "password"}},
		"credentials": {Authorization: &hostapi.Authorization{Scheme: "scheme", Credentials: "credentials"}},
		"in-header,key": {Header: []hostapi.Param{
			{Name: "authorization", Value: "Bearer in-header"}, {Name: "X-Api-Key", Value: "key"}, {Name: "Accept", Value: "text/plain"},
		}},
	}
	for want, req := range tests {
		if got := strings.Join(req.Credentials(), ","); got != want {
			t.Errorf("credentials %q, want %q", got, want)
		}
	}
}

// FuzzRequestHTTP sends what HTTP accepts over the wire and reads it back: it is
// one request, and nothing of it has become something else.
func FuzzRequestHTTP(f *testing.F) {
	f.Add("GET", "http://a.test/x?y=z", "X-A", "b", "q", "v", "token", "text/plain", []byte("body"))
	f.Add("POST", "https://a.test:443/%2F?#f", "Content-Type", "a/b", "\r\n", "&=", "a\r\nX: y", "a/b\r\nX: y", []byte{})
	f.Add("GET / HTTP/1.1\r\nX: y", "http://a.test/ HTTP/1.1\r\nX: y", "Host", "b.test", "", "", "", "", []byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add("PUT", "http://[::1%25eth0]:80/\u00e9", "transfer-encoding", "chunked", "a", "b", "x", "y", []byte(nil))
	f.Fuzz(func(t *testing.T, method, target, name, value, paramName, paramValue, bearer, contentType string, body []byte) {
		r := &hostapi.Request{
			Method: method, URL: target, Bearer: bearer, Body: body, ContentType: contentType,
			Header: []hostapi.Param{{Name: name, Value: value}}, QueryParam: []hostapi.Param{{Name: paramName, Value: paramValue}},
		}
		req, err := r.HTTP(t.Context())
		if err != nil {
			if code := hostapi.CodeOf(err); code != hostapi.CodeInvalidArgument {
				t.Errorf("code %q of %v, want invalid_argument", code, err)
			}
			return
		}
		if method == http.MethodConnect { // has its own form in HTTP/1.1
			return
		}
		var sent bytes.Buffer
		if err := req.Write(&sent); err != nil {
			return // net/http refuses a few hosts more
		}
		wire := sent.String()
		reader := bufio.NewReader(&sent)
		got, err := http.ReadRequest(reader)
		if err != nil {
			t.Fatalf("sent %q, which cannot be read: %v", wire, err)
		}
		gotBody, err := io.ReadAll(got.Body)
		if err != nil || !bytes.Equal(gotBody, body) {
			t.Errorf("sent %q: body %q, %v; want %q", wire, gotBody, err, body)
		}
		if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
			t.Errorf("sent %q: %q follows the request, %v", wire, rest, err)
		}
		if got.Method != method || got.RequestURI != req.URL.RequestURI() {
			t.Errorf("sent %q: request line %s %s, want %s %s", wire, got.Method, got.RequestURI, method, req.URL.RequestURI())
		}
		for name := range got.Header {
			switch name {
			case "User-Agent", "Content-Length", "Cache-Control": // of net/http
			default:
				if _, ok := req.Header[name]; !ok {
					t.Errorf("sent %q: header %s that was not set", wire, name)
				}
			}
		}
		for name, values := range req.Header {
			// An empty User-Agent is how net/http is told to send none.
			if got := got.Header[name]; len(got) != len(values) && name != "User-Agent" {
				t.Errorf("sent %q: header %s is %q, want %q", wire, name, got, values)
			}
		}
	})
}
