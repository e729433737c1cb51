package connection

import (
	"fmt"
	"slices"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

// saysExpired reports whether an API's response means that the token has expired.
func saysExpired(c *oauthtoml.Connection, response *hostapi.Response) bool {
	return slices.Contains(c.ExpiredStatus, response.Status) || matches(c.ExpiredWhen, response.Status, response.Body)
}

// matches reports whether a response meets the condition.
func matches(c *oauthtoml.Condition, status int, body []byte) bool {
	if c == nil || c.Status != 0 && c.Status != status {
		return false
	}
	v := oauthclient.ParseObject(body).At(c.Path)
	return v != nil && fmt.Sprint(v) == c.Equals
}
