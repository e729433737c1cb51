package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/internal/accounts"
)

func (a *api) addMe() {
	type meOutput struct {
		Body struct {
			Email    string        `json:"email"`
			Role     accounts.Role `json:"role" enum:"viewer,author,operator"`
			Client   string        `json:"client_id,omitempty" doc:"the API client; missing for a personal access token"`
			ReadOnly bool          `json:"read_only" doc:"the token allows reading only"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/me", "get-me", "Describe who the token is for", huma.OperationTags("users")), func(ctx context.Context, _ *struct{}) (*meOutput, error) {
		c := callerOf(ctx)
		out := new(meOutput)
		out.Body.Email, out.Body.Role, out.Body.Client, out.Body.ReadOnly = c.Name, c.Role, c.Client, c.ReadOnly
		return out, nil
	})
}
