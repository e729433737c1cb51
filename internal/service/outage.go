package service

import (
	"errors"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// OutageRetryAfter is how long those whose request was refused for an outage are asked to wait.
const OutageRetryAfter = database.RetryAfter

// OutageOf returns the error of the database in err by which nothing can be stored, or nothing be done, at present; nil if
// err is another one.
func OutageOf(err error) *hostapi.Error {
	if e, ok := errors.AsType[*hostapi.Error](err); ok && database.OutageOf(e) != "" {
		return e
	}
	return nil
}

// IsDamaged reports whether an error says that the database is damaged.
func IsDamaged(err error) bool { return errors.Is(err, database.ErrDamaged) }
