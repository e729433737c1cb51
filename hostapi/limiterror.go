package hostapi

// LimitError says which limit was reached, for a program that acts on it, such as one that
// names the setting which raises it: the Reason of an [Error] with [CodeLimit], or with
// [CodeTimeout] for a limit of time. [errors.As] finds it. That of the time of a task
// matches [ErrTimeLimit].
type LimitError struct {
	Limit string // its name in files, such as "request_bytes" for [Limits].RequestBytes
	Value string // its value, with the unit, such as "10 MiB"
	Most  string // what the engine allows, if the task itself has set less; "" otherwise
}

// Error says that the limit was reached. The text of the [Error] says more.
func (l *LimitError) Error() string { return "limit " + l.Limit + " reached" }

// Is reports whether target is [ErrTimeLimit] and l is about the time of a task.
func (l *LimitError) Is(target error) bool { return target == ErrTimeLimit && l.Limit == "time" }
