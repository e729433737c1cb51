package hostapitest

import (
	"net/http"
	"strings"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// each calls every method that takes the name of a connection.
func (s *subject) each(grant *hostapi.Grant, name string, check func(what string, err error)) {
	ctx := s.t.Context()
	_, err := s.Connector.OAuth2Token(ctx, grant, name)
	check("OAuth2Token", err)
	_, err = s.Connector.OAuth2TokenInfo(ctx, grant, name)
	check("OAuth2TokenInfo", err)
	_, err = s.Connector.AuthSetting(ctx, grant, name)
	check("AuthSetting", err)
	req := s.get("/with-connection")
	req.AuthSetting = name
	_, err = s.Connector.Do(ctx, grant, req)
	check("Do", err)
	s.notReached("/with-connection")
}

func unknownConnection(s *subject) {
	const name = "no-connection-has-this-name"
	s.each(s.grant("", name), name, func(what string, err error) { s.want(what, err, hostapi.CodeUnknownConnection) })
}

func usesConnection(s *subject) {
	if s.Connection == "" {
		return
	}
	for name, grant := range map[string]*hostapi.Grant{"nil grant": nil, "not granted": s.grant("", s.Connection+"x")} {
		s.each(grant, s.Connection, func(what string, err error) { s.want(name+": "+what, err, hostapi.CodeDenied) })
	}

	ctx, grant := s.t.Context(), s.grant("", s.Connection)
	token, err := s.Connector.OAuth2Token(ctx, grant, s.Connection)
	if err != nil || token == "" {
		s.t.Fatalf("OAuth2Token returned %d bytes, %v", len(token), err)
	}
	if info, err := s.Connector.OAuth2TokenInfo(ctx, grant, s.Connection); err != nil || info == nil {
		s.t.Errorf("OAuth2TokenInfo returned %v, %v", info, err)
	}
	if setting, err := s.Connector.AuthSetting(ctx, grant, s.Connection); err != nil || setting == nil || setting.Name != s.Connection {
		s.t.Errorf("AuthSetting returned %v, %v, want the name %q", setting, err, s.Connection)
	}

	plain := string(s.do(grant, s.get("/credential")).Body)
	req := s.get("/credential")
	req.AuthSetting = s.Connection
	if with := string(s.do(grant, req).Body); with == plain {
		s.t.Errorf("a request with the connection has no credential: %q", with)
	}
	if !strings.HasPrefix(token, hostapi.SealedPrefix) {
		return
	}
	// A sealed token is replaced in the request, and the script sees only its stand-in.
	req = s.get("/credential")
	req.Bearer = token
	resp := s.do(grant, req)
	if resp.Status != http.StatusOK {
		s.t.Errorf("the API got the stand-in rather than the token: %q", resp.Body)
	}
	if !strings.Contains(string(resp.Body), token) {
		s.t.Errorf("the script saw the headers %q, want the stand-in for the token in them", resp.Body)
	}
	_, err = s.Connector.Do(ctx, s.grant(""), &hostapi.Request{Method: http.MethodGet, URL: s.URL + "/with-token", Bearer: token})
	s.want("the stand-in in a request of another task", err, hostapi.CodeDenied)
	s.notReached("/with-token")
}

func manyAtOnce(s *subject) {
	var wg sync.WaitGroup
	for _, path := range []string{"/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"} {
		wg.Go(func() {
			grant := s.grant(path)
			for range 20 {
				resp, err := s.Connector.Do(s.t.Context(), grant, s.get(path))
				if err != nil {
					s.t.Errorf("%s: %v", path, err)
				} else if string(resp.Body) != path {
					s.t.Errorf("%s got the response of %s", path, resp.Body)
				}
				_, err = s.Connector.Do(s.t.Context(), grant, s.get(path+path))
				s.want("a request that another task may send", err, hostapi.CodeDenied)
			}
		})
	}
	wg.Wait()
}
