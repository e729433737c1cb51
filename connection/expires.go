package connection

import "time"

// readExpires reads when the credential that the file holds, or refers to, ends: a
// token, a password, a client secret or a certificate that a person has to replace.
func (c *connection) readExpires(t *table) {
	const key = "expires"
	switch v := t.any(key).(type) {
	case nil:
		return
	case time.Time:
		switch v.Location().String() { // as the library calls what has no offset
		case "time-local":
			t.fail(key, problem{"is not a date", "write expires = 2027-01-31"})
			return
		case "date-local", "datetime-local":
			v = time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
		}
		c.expires = v
	case string:
		var err error
		if c.expires, err = time.Parse(time.DateOnly, v); err != nil {
			c.expires, err = time.Parse(time.RFC3339, v)
		}
		if err != nil {
			t.fail(key, problem{"is not a date", "write expires = 2027-01-31"})
			return
		}
	default:
		t.fail(key, problem{"must be a date, not " + describe(v), "write expires = 2027-01-31"})
		return
	}
	if c.expired() {
		c.warn("its credential expired on " + c.expires.Format(time.DateOnly) + ": replace it, and change expires")
	}
}

// expired reports whether what the file says of its end is past.
func (c *connection) expired() bool { return !c.expires.IsZero() && !time.Now().Before(c.expires) }
