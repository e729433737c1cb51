package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// needs is what an operation needs.
type needs struct {
	role accounts.Role
	body any // one that is valid
}

// permissions are those of each operation of the API. Those that are not GET need a token that
// is not read-only as well.
func permissions() map[string]needs {
	client := map[string]any{"client_name": "c", "redirect_uris": []string{"https://app.example.com/callback"}}
	schedule := map[string]any{"name": "s", "task": "nosuch", "cron": "@daily"}
	return map[string]needs{
		"get-me": {accounts.Viewer, nil},

		"list-tasks": {accounts.Viewer, nil}, "get-task": {accounts.Viewer, nil}, "list-versions": {accounts.Viewer, nil},
		"register-task": {accounts.Author, map[string]any{"main": "a.js", "files": map[string]any{"a.js": []byte("1")}}},
		"get-hook":      {accounts.Viewer, nil}, "add-hook": {accounts.Author, nil}, "delete-hook": {accounts.Author, nil},
		"activate-version": {accounts.Author, map[string]any{"version": 0}}, "delete-task": {accounts.Author, nil}, "delete-version": {accounts.Author, nil},

		"list-runs": {accounts.Viewer, nil}, "get-run": {accounts.Viewer, nil}, "read-log": {accounts.Viewer, nil},
		"read-file": {accounts.Viewer, nil}, "run-stats": {accounts.Viewer, nil},
		"start-run":  {accounts.Author, map[string]any{"task": "nosuch"}},
		"cancel-run": {accounts.Author, nil}, "retry-run": {accounts.Author, nil},

		"list-schedules": {accounts.Viewer, nil}, "get-schedule": {accounts.Viewer, nil},
		"add-schedule": {accounts.Author, schedule}, "change-schedule": {accounts.Author, schedule}, "delete-schedule": {accounts.Author, nil},
		"reset-schedule": {accounts.Author, nil}, "start-schedule": {accounts.Author, nil},

		"list-connections": {accounts.Viewer, nil}, "get-connection": {accounts.Viewer, nil},
		"save-connection": {accounts.Operator, map[string]any{"grant": "client_credentials"}}, "delete-connection": {accounts.Operator, nil},
		"authorize-connection": {accounts.Operator, nil}, "get-authorization": {accounts.Operator, nil}, "test-connection": {accounts.Operator, nil}, "revoke-connection": {accounts.Operator, nil},
		"import-tokens": {accounts.Operator, map[string]any{"access_token": "a"}},

		"list-clients": {accounts.Operator, nil}, "get-client": {accounts.Operator, nil}, "add-client": {accounts.Operator, client},
		"change-client": {accounts.Operator, client}, "delete-client": {accounts.Operator, nil}, "activate-client": {accounts.Operator, nil},
		"deactivate-client": {accounts.Operator, nil}, "add-client-secret": {accounts.Operator, nil}, "remove-client-secret": {accounts.Operator, nil},

		"list-sessions": {accounts.Viewer, nil}, "revoke-session": {accounts.Viewer, nil}, "list-tokens": {accounts.Viewer, nil},
		"add-token":    {accounts.Viewer, map[string]any{"name": "t", "expires": time.Now().Add(time.Hour)}},
		"revoke-token": {accounts.Viewer, nil},

		"list-users": {accounts.Operator, nil}, "get-user": {accounts.Operator, nil}, "delete-user": {accounts.Operator, nil},
		"add-user":    {accounts.Operator, map[string]any{"email": "not an address", "role": "viewer"}},
		"change-user": {accounts.Operator, map[string]any{"name": "n", "role": "viewer", "disabled": false}}, "reset-user": {accounts.Operator, nil},

		"read-audit": {accounts.Operator, nil},
	}
}

// Each operation is refused to the roles that lack the right, and to tokens that are
// read-only if it changes something; to others it is not.
func TestPermissions(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	svc := s.Service()
	tokens := make(map[accounts.Role]map[authserver.Scope]string)
	for _, role := range accounts.Roles() {
		u, err := svc.Accounts.Add(t.Context(), accounts.User{Email: string(role) + "@example.com", Role: role})
		if err != nil {
			t.Fatal(err)
		}
		tokens[role] = make(map[authserver.Scope]string)
		for _, scope := range authserver.Scopes() {
			_, tokens[role][scope], err = svc.Clients.CreateToken(t.Context(), authserver.User{ID: u.ID, Name: u.Email}, "test", scope, time.Now().Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	all := permissions()
	document, _ := contract()
	for path, item := range document.Paths.Map() {
		for method, o := range item.Operations() {
			need, ok := all[o.OperationID]
			if !ok {
				t.Errorf("the operation %s is missing in the table", o.OperationID)
				continue
			}
			delete(all, o.OperationID)
			for _, role := range accounts.Roles() {
				for _, scope := range authserver.Scopes() {
					path := strings.NewReplacer("{index}", "0", "{version}", "1").Replace(path)
					response := s.api(tokens[role][scope], method, path, need.body, nil)
					allowed := role.Includes(need.role) && (scope == authserver.ScopeAll || method == http.MethodGet)
					if (response.StatusCode != http.StatusForbidden) != allowed || response.StatusCode == http.StatusUnauthorized {
						t.Errorf("%s by %s with a token for %s: %d", o.OperationID, role, scope, response.StatusCode)
					}
				}
			}
		}
	}
	for id := range all {
		t.Errorf("there is no operation %s", id)
	}
}
