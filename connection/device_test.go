package connection_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

func TestDeviceGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		polls := []string{"authorization_pending", "slow_down", "authorization_pending", ""}
		var times []time.Time
		s := new(server)
		s.answer = func(r tokenRequest) (int, string) {
			if r.path == "/device" {
				return http.StatusOK, `{"device_code":"d","user_code":"WDJB-MJHT","verification_uri":"https://id.example.com/go","expires_in":600,"interval":2}`
			}
			times = append(times, time.Now())
			code := polls[0]
			if polls = polls[1:]; code != "" {
				return http.StatusBadRequest, `{"error":"` + code + `"}`
			}
			return http.StatusOK, `{"access_token":"T","refresh_token":"r","expires_in":60}`
		}
		m := manage(t, s, map[string]string{"S": "hunter2"}, strings.Replace(strings.Replace(codeTOML, `"authorization_code"`, `"device_code"`, 1), "\nauthorization_endpoint", "\n# ", 1), nil)
		start := time.Now()
		d, err := m.AuthorizeDevice(t.Context(), "crm")
		if err != nil {
			t.Fatal(err)
		}
		if d.UserCode != "WDJB-MJHT" || d.VerificationURI != "https://id.example.com/go" || s.all()[0].params.Get("client_secret") != "hunter2" {
			t.Errorf("%+v after %v", d, s.all()[0].params)
		}
		if err := m.AwaitDevice(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		var waits []time.Duration
		for _, at := range times {
			waits = append(waits, at.Sub(start))
			start = at
		}
		want := []time.Duration{2 * time.Second, 2 * time.Second, 7 * time.Second, 7 * time.Second}
		for i := range want {
			if waits[i] != want[i] {
				t.Errorf("waits %v, want %v", waits, want)
				break
			}
		}
		if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "T" {
			t.Errorf("token %q, %v", token.AccessToken(), err)
		}
	})
}

func TestDeviceNeverAuthorized(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code string
		want hostapi.Code
	}{
		{"access_denied", hostapi.CodeConnection}, {"authorization_declined", hostapi.CodeConnection}, // Microsoft's word for it
		{"expired_token", hostapi.CodeTimeout}, {"authorization_pending", hostapi.CodeTimeout}, {"invalid_client", hostapi.CodeConnection},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(r tokenRequest) (int, string) {
				if r.path == "/device" {
					return http.StatusOK, `{"device_code":"d","user_code":"u","verification_uri":"https://id.example.com/go","expires_in":30}`
				}
				return http.StatusBadRequest, `{"error":"` + tt.code + `"}`
			}}
			m := manage(t, s, map[string]string{"S": "hunter2"}, strings.Replace(strings.Replace(codeTOML, `"authorization_code"`, `"device_code"`, 1), "\nauthorization_endpoint", "\n# ", 1), nil)
			d, err := m.AuthorizeDevice(t.Context(), "crm")
			if err != nil {
				t.Fatal(err)
			}
			if err := m.AwaitDevice(t.Context(), d); hostapi.CodeOf(err) != tt.want {
				t.Errorf("%s: error %v, want %s", tt.code, err, tt.want)
			}
		})
	}
}

// A server that is down or busy while the user authorizes the device is polled less and
// less often, RFC 8628 §3.5, until it responds.
func TestDeviceGrantOfAServerThatIsDown(t *testing.T) {
	t.Parallel()
	type poll struct {
		status int
		after  string // Retry-After
		body   string
	}
	const pending, granted = `{"error":"authorization_pending"}`, `{"access_token":"T","expires_in":60}`
	for _, tt := range []struct {
		name  string
		polls []poll
		waits []int // seconds before each
		want  hostapi.Code
	}{
		{"503", []poll{{503, "", ""}, {200, "", granted}}, []int{5, 10}, ""},
		{"429", []poll{{429, "", ""}, {200, "", granted}}, []int{5, 10}, ""},
		{"429 with Retry-After", []poll{{429, "30", `{"error":"slow_down"}`}, {400, "", pending}, {200, "", granted}}, []int{5, 30, 10}, ""},
		{"503 with Retry-After", []poll{{503, "40", ""}, {200, "", granted}}, []int{5, 40}, ""},
		{"500 with a code", []poll{{500, "", `{"error":"server_error"}`}, {400, "", pending}, {200, "", granted}}, []int{5, 10, 5}, ""},
		{"temporarily_unavailable", []poll{{400, "", `{"error":"temporarily_unavailable"}`}, {200, "", granted}}, []int{5, 10}, ""},
		{"for long", []poll{{502, "", ""}, {502, "", ""}, {504, "", ""}, {503, "", ""}, {500, "", ""}, {200, "", granted}}, []int{5, 10, 20, 40, 60, 60}, ""},
		{"no answer", []poll{{0, "", ""}, {0, "", ""}, {200, "", granted}}, []int{5, 40, 50}, ""}, // 30 s of waiting for it
		{"until it expires", []poll{{503, "600", ""}}, []int{5}, hostapi.CodeTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var waits []int
				last := time.Now()
				m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/device" {
						_, _ = w.Write([]byte(`{"device_code":"d","user_code":"u","verification_uri":"https://id.example.com/go","expires_in":300}`))
						return
					}
					waits = append(waits, int(time.Since(last)/time.Second))
					last = time.Now()
					p := tt.polls[len(waits)-1]
					if p.status == 0 {
						<-r.Context().Done()
						return
					}
					w.Header().Set("Retry-After", p.after)
					w.WriteHeader(p.status)
					_, _ = w.Write([]byte(p.body))
				}), map[string]string{"S": "hunter2"}, strings.Replace(strings.Replace(codeTOML, `"authorization_code"`, `"device_code"`, 1), "\nauthorization_endpoint", "\n# ", 1), nil)
				d, err := m.AuthorizeDevice(t.Context(), "crm")
				if err != nil {
					t.Fatal(err)
				}
				err = m.AwaitDevice(t.Context(), d)
				if tt.want == "" && err != nil || tt.want != "" && hostapi.CodeOf(err) != tt.want {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				if !slices.Equal(waits, tt.waits) {
					t.Errorf("asked after %v s, want %v", waits, tt.waits)
				}
			})
		})
	}
}

// The device authorization request is repeated if the server is busy: it uses up
// nothing.
func TestDeviceAuthorizationOfABusyServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = w.Write([]byte(`{"device_code":"d","user_code":"u","verification_uri":"https://id.example.com/go"}`))
		}), map[string]string{"S": "hunter2"}, strings.Replace(strings.Replace(codeTOML, `"authorization_code"`, `"device_code"`, 1), "\nauthorization_endpoint", "\n# ", 1), nil)
		if _, err := m.AuthorizeDevice(t.Context(), "crm"); err != nil || asked != 2 {
			t.Errorf("%v after %d requests", err, asked)
		}
	})
}
