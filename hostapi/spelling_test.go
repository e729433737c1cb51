package hostapi_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestSpelling(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		send string // names, each with its place as the value
		want string // names with values, sorted
	}{
		{"canonical", "Accept X-A", "Accept:0 X-A:1"},
		{"as written", "SOAPAction x-lower X_UNDER ETag", "ETag:3 SOAPAction:0 X_UNDER:2 x-lower:1"},
		{"one name, the first counts", "SOAPAction soapaction Soapaction", "SOAPAction:0,1,2"},
		{"one name, canonical first", "Soapaction SOAPAction", "Soapaction:0,1"},
		{"another before", "X-A SOAPAction x-a", "SOAPAction:1 X-A:0,2"},
		{"one that net/http looks for", "range user-agent", "Range:0 user-agent:1"},
	}
	for _, tt := range tests {
		r := &hostapi.Request{Method: "GET", URL: "http://a.test/"}
		for i, name := range strings.Fields(tt.send) {
			r.Header = append(r.Header, hostapi.Param{Name: name, Value: string(rune('0' + i))})
		}
		req, err := r.HTTP(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name := range req.Header {
			if name != http.CanonicalHeaderKey(name) {
				t.Errorf("%s: HTTP returns %q", tt.name, name)
			}
		}
		r.Spelling().Apply(req.Header)
		var got []string
		for _, name := range slices.Sorted(maps.Keys(req.Header)) {
			if values := req.Header[name]; len(values) > 0 {
				got = append(got, name+":"+strings.Join(values, ","))
			}
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if s := (&hostapi.Request{Header: []hostapi.Param{{Name: "Accept"}, {Name: "X-A"}}}).Spelling(); s != nil {
		t.Errorf("%v for canonical names, want nil", s)
	}
}

// Other letters do not make a header that only the host may set another one.
func TestReservedHeadersInAnyLetters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"host", "HOST", "CONTENT-LENGTH", "content-Length", "transfer-encoding", "connection", "TE", "te", "UPGRADE", "proxy-authorization", "accept-ENCODING"} {
		if err := hostapi.CheckHeader(name, "x"); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestHeaderSize(t *testing.T) {
	t.Parallel()
	const most = 256 << 10
	large := strings.Repeat("x", most-10)
	tests := []struct {
		name string
		r    hostapi.Request
		ok   bool
	}{
		{"as large as may be", hostapi.Request{Header: []hostapi.Param{{Name: "X-Large-01", Value: large}}}, true},
		{"one byte more", hostapi.Request{Header: []hostapi.Param{{Name: "X-Large-001", Value: large}}}, false},
		{"in two", hostapi.Request{Header: []hostapi.Param{{Name: "X-A", Value: large}, {Name: "X-B", Value: "12345678"}}}, false},
		{"a long name", hostapi.Request{Header: []hostapi.Param{{Name: large + "xxxxxxxxxxx", Value: ""}}}, false},
		{"a token", hostapi.Request{Bearer: large + "xxx"}, true},
		{"a long token", hostapi.Request{Bearer: large + "xxxx"}, false},
		{"a password", hostapi.Request{Basic: &hostapi.Basic{Username: "u", Password: large}}, false},
		{"a content type", hostapi.Request{Body: []byte{}, ContentType: large + "xxxxxxxxxxx"}, false},
	}
	for _, tt := range tests {
		tt.r.Method, tt.r.URL = "POST", "http://a.test/"
		_, err := tt.r.HTTP(t.Context())
		if tt.ok != (err == nil) || err != nil && hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
			t.Errorf("%s: error %v", tt.name, err)
		} else if err != nil && (len(err.Error()) > 200 || !strings.Contains(err.Error(), "a.test: the header of the request has ")) {
			t.Errorf("%s: error %.300q", tt.name, err)
		}
	}
}
