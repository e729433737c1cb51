package oauthtoml

import "time"

// readExpires reads the expiry of the credential in the file: a token, a password, a
// client secret or a certificate that a user has to replace.
func (c *Connection) readExpires(t *table) {
	const key = "expires"
	switch v := t.any(key).(type) {
	case nil:
		return
	case time.Time:
		switch v.Location().String() { // the library's names for times without an offset
		case "time-local":
			t.fail(key, Problem{"is not a date", "write expires = 2027-01-31"})
			return
		case "date-local", "datetime-local":
			v = time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
		}
		c.Expires = v
	case string:
		var err error
		if c.Expires, err = time.Parse(time.DateOnly, v); err != nil {
			c.Expires, err = time.Parse(time.RFC3339, v)
		}
		if err != nil {
			t.fail(key, Problem{"is not a date", "write expires = 2027-01-31"})
			return
		}
	default:
		t.fail(key, Problem{"must be a date, not " + describe(v), "write expires = 2027-01-31"})
		return
	}
	if c.Expired() {
		c.warn("its credential expired on " + c.Expires.Format(time.DateOnly) + ": replace it, and change expires")
	}
}

// Expired reports whether expires is in the past.
func (c *Connection) Expired() bool { return !c.Expires.IsZero() && !time.Now().Before(c.Expires) }
