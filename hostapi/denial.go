package hostapi

// DenialError says what a policy refused, for a program that acts on it, such as one that
// offers to add a rule: the Reason of an [Error] with [CodeDenied], found by
// [errors.As].
type DenialError struct {
	Target     string // host:port that the request was for; "" if there was no request
	Connection string // the connection that was not granted, or may not be used there; "" if that was not the reason
	Rule       string // the rule that denied the target; "" if none allowed it, or that was not the reason
	Reason     error  // such as [ErrNoRule] or [ErrNotGranted]; may be nil
}

// Error says that something was denied. The text of the [Error] says what.
func (d *DenialError) Error() string { return "denied by policy" }

// Unwrap returns the Reason.
func (d *DenialError) Unwrap() error { return d.Reason }
