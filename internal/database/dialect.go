package database

import (
	"database/sql"

	"github.com/pressly/goose/v3"

	"github.com/postern-dev/postern/hostapi"
)

// Dialect has what differs between the databases.
type Dialect struct {
	Now      string             // SQL: current time of the database, in milliseconds since 1970
	Elements string             // SQL: FROM clause for the elements, named value, of the JSON array $1
	Snapshot sql.IsolationLevel // of a transaction with a consistent snapshot

	// IsForeignKeyViolation reports whether a statement failed since a row that it refers
	// to does not exist, or since other rows refer to one that it deletes.
	IsForeignKeyViolation func(err error) bool

	// IsUniqueViolation reports whether a statement failed since a row with the same key
	// exists.
	IsUniqueViolation func(err error) bool

	goose    goose.Dialect
	hasTable string                        // SQL: whether table $1 exists
	setUp    string                        // SQL: run before the first use; it may change the database permanently
	explain  func(err error) hostapi.Error // code, message, hint and reason, for the operator
}
