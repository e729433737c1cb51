package connection_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
)

// Many concurrent tasks, over real sockets, while tokens are renewed: each gets its own
// response and none sees a token. The tokens do not expire: on a busy machine, one that
// lives for seconds could expire twice on its way to the API.
func TestHammer(t *testing.T) {
	t.Parallel()
	p := new(connectiontest.Provider)
	s := start(t, p)
	set := parse(t, s.OAuthTOML())
	m := managerFor(t, set, set.Egress())
	grant := &hostapi.Grant{Connections: set.Names(), Limits: hostapi.DefaultLimits()}
	names := set.Names()
	var tasks sync.WaitGroup
	for i := range 32 {
		tasks.Go(func() {
			for j := range 20 {
				name, id := names[(i+j)%len(names)], fmt.Sprintf("task-%d-%d", i, j)
				if j%4 == 0 && name != "playground token" { // which is written down
					if _, err := m.Refresh(t.Context(), name); err != nil {
						t.Error(err)
						return
					}
				}
				sealed, err := m.OAuth2Token(t.Context(), grant, name)
				if err != nil {
					t.Error(err)
					return
				}
				req := &hostapi.Request{Method: "POST", URL: s.URL + "/api/echo", FormParam: []hostapi.Param{{Name: "id", Value: id}}}
				if j%2 == 0 {
					req.Bearer = sealed
				} else {
					req.AuthSetting = name
				}
				got, err := m.Do(t.Context(), grant, req)
				if err != nil || got.Status != http.StatusOK || !strings.Contains(string(got.Body), `"id":["`+id+`"]`) {
					t.Errorf("%s: %v, %+v", id, err, got)
					return
				}
				_, _ = m.State(name)
			}
		})
	}
	tasks.Wait()
	if got := p.Count("/token"); got < 4 {
		t.Errorf("%d token requests: the tokens were not renewed", got)
	}
}
