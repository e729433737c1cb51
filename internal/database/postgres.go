package database

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/postern-dev/postern/hostapi"
)

// PostgreSQL is the dialect of PostgreSQL. Its clock_timestamp is the current time; now
// would be the start of the transaction.
var PostgreSQL = &Dialect{ //nolint:gochecknoglobals // a table, never changed
	Now:                   "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)",
	Elements:              "jsonb_array_elements(CAST($1 AS jsonb)) AS elements (value)",
	Snapshot:              sql.LevelRepeatableRead,
	IsForeignKeyViolation: func(err error) bool { return sqlState(err) == "23503" },
	IsUniqueViolation:     func(err error) bool { return sqlState(err) == "23505" },
	goose:                 goose.DialectPostgres,
	hasTable:              "SELECT to_regclass($1) IS NOT NULL",
	explain:               explainPostgres,
}

// sqlState returns the code of an error of the server, "" for others.
func sqlState(err error) string {
	if e, ok := errors.AsType[sqlStateError](err); ok {
		return e.SQLState()
	}
	return ""
}

const hintPostgresURL = "write postgres://USER:PASSWORD@HOST/DATABASE, and in the password %40 for @, %2F for /, %3F for ?, %23 for # and %25 for %" //nolint:gosec // an example, not a credential

func openPostgres(text string, maxConns int) (*DB, error) {
	config, err := pgx.ParseConfig(text)
	// The driver's error repeats the URL, and cannot hide the password in an invalid one.
	// An @ after the host is most likely from a password with a / or ? in it.
	u, wrong := url.Parse(text)
	if err != nil || wrong != nil || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return nil, BadConfig("", "the postgres URL is not valid", hintPostgresURL)
	}
	if !u.Query().Has("connect_timeout") {
		config.ConnectTimeout = connectTimeout
	}
	db := sql.OpenDB(&postgresConnector{stdlib.GetConnector(*config)})
	const usual = 10
	maxConns = cmp.Or(maxConns, usual)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	connect := func(ctx context.Context) (*pgx.Conn, error) { return pgx.ConnectConfig(ctx, config) }
	return &DB{DB: db, Dialect: PostgreSQL, connect: connect, Name: "postgres://" + address + "/" + config.Database}, nil
}

// postgresConnector makes connections that report when they are broken. Otherwise those
// of calls whose context ended return to the pool, and fail the next calls.
type postgresConnector struct{ driver.Connector }

// Connect implements [driver.Connector].
func (c *postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if whole, ok := conn.(*stdlib.Conn); ok && err == nil {
		return &postgresConn{whole}, nil
	}
	return conn, err
}

type postgresConn struct{ *stdlib.Conn }

// IsValid implements [driver.Validator].
func (c *postgresConn) IsValid() bool { return !c.Conn.Conn().IsClosed() }

// connectTimeout bounds connecting and authenticating, unless the URL sets
// connect_timeout.
const connectTimeout = 10 * time.Second

// sqlStateError is an error of the server, as the drivers for PostgreSQL return it.
type sqlStateError interface {
	error
	SQLState() string
}

// ErrRolledBack is the cause of an error of a transaction that PostgreSQL rolled back because of others at the same
// time, as in a deadlock. It may succeed when it is tried again.
var ErrRolledBack = errors.New("rolled back because of other transactions")

// explainPostgres explains an error of PostgreSQL or of the network,
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
func explainPostgres(err error) hostapi.Error {
	refusal, ok := errors.AsType[sqlStateError](err)
	if !ok {
		return hostapi.Error{
			Code: hostapi.CodeNetwork, Message: "the database cannot be reached: " + networkText(err), Hint: "is the server running?", Reason: Unreachable,
		}
	}
	message := refusal.Error()
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		message = e.Message // without its severity and code
	}
	code := refusal.SQLState()
	switch code {
	case "22021", "22P05":
		return hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "a text is not UTF-8, or has a character of the code 0", Hint: "leave it out"}
	case "25006":
		return hostapi.Error{Code: hostapi.CodeConfig, Message: message, Hint: "the database is read-only: connect to the primary server", Reason: ReadOnly}
	case "42501":
		return hostapi.Error{Code: hostapi.CodeConfig, Message: message, Hint: "let this user create tables, and read and write them", Reason: ReadOnly}
	case "53100":
		return hostapi.Error{
			Code: hostapi.CodeConfig, Message: "the disk is full", Cause: errors.New(message), Hint: "free some space; what was stored before is still there", Reason: Full,
		}
	}
	const hintPersists = "try again; if the error persists, check the server's log"
	const class = 2
	switch code[:min(class, len(code))] {
	case "28", "3D":
		return hostapi.Error{Code: hostapi.CodeConfig, Message: message, Hint: "check the user, the password and the database of the URL", Reason: Unreachable}
	case "40":
		return hostapi.Error{Code: hostapi.CodeNetwork, Message: message, Hint: hintPersists, Cause: ErrRolledBack, Reason: Locked}
	case "55":
		return hostapi.Error{Code: hostapi.CodeNetwork, Message: message, Hint: hintPersists, Reason: Locked}
	case "08", "53", "57":
		return hostapi.Error{Code: hostapi.CodeNetwork, Message: message, Hint: hintPersists, Reason: Unreachable}
	case "58":
		return hostapi.Error{
			Code: hostapi.CodeConfig, Message: "the disk failed", Cause: errors.New(message), Hint: "check the disk of the database, and its log", Reason: IOError,
		}
	case "42", "3F", "XX":
		return hostapi.Error{
			Code: hostapi.CodeConfig, Message: "its tables are damaged, or not those of a store: " + message, Hint: "restore a backup", Reason: ErrDamaged,
		}
	}
	return hostapi.Error{Code: hostapi.CodeInternal, Message: message}
}

// networkText returns why a server cannot be reached, without the configuration that
// the driver's error includes.
func networkText(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Err.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not respond in time"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
