package connection

import (
	"fmt"
	"slices"

	"github.com/postern-dev/postern/hostapi"
)

// saysExpired reports whether an API's answer means that the token has expired.
func saysExpired(c *connection, response *hostapi.Response) bool {
	return slices.Contains(c.expiredStatus, response.Status) || holds(c.expiredWhen, response.Status, response.Body)
}

// holds reports whether an answer meets the condition.
func holds(c *condition, status int, body []byte) bool {
	if c == nil || c.status != 0 && c.status != status {
		return false
	}
	v := parseAnswer(body).at(c.path)
	return v != nil && fmt.Sprint(v) == c.equals
}
