// Package hostapi is the contract between a sandboxed task and its host: the operations
// that a script may call, the values they exchange, and the checks on them.
//
// JavaScript and WebAssembly are two adapters of this contract. A [Host] accepts and
// returns values only, neither callbacks nor live objects, so it could run in another
// process.
//
// The package imports only the standard library.
package hostapi

import "context"

// Host serves the calls of one running task. A sandbox calls it from a single
// goroutine; each task gets its own Host.
//
// Errors are *[Error]. They never hold a secret, so an adapter may show them to the
// script unchanged.
type Host interface {
	// FindData returns the value of the data item named varName, or nil if it has none. If
	// the task declares its items, an undeclared name is [CodeInvalidArgument].
	FindData(ctx context.Context, varName string) (any, error)

	// SetData writes value to the data item named varName. FindData returns it at once,
	// but it takes effect only if the task succeeds.
	SetData(ctx context.Context, varName string, value any) error

	// Log adds one line to the task's log.
	Log(ctx context.Context, level Level, message string) error

	// OAuth2Token returns a stand-in for the named connection's access token (see
	// [SealedPrefix]), or the token itself if the connection is not sealed. The token is
	// valid when the call returns.
	OAuth2Token(ctx context.Context, connection string) (string, error)

	// OAuth2TokenInfo returns the public properties of that token. Like OAuth2Token, it
	// obtains a token if there is none.
	OAuth2TokenInfo(ctx context.Context, connection string) (*TokenInfo, error)

	// Do sends req and returns the response, whatever its status.
	Do(ctx context.Context, req *Request) (*Response, error)

	// RequestingLimit returns the maximum number of HTTP requests of the task.
	RequestingLimit() int

	// Items returns the data items that the task declares, with defaults filled in; nil if
	// it declares none, and then any name may be used.
	Items() []Item

	// Setting returns the value of the named setting, if it is set.
	Setting(name string) (Setting, bool)

	// Process returns the workflow process of the task. It must not be modified.
	Process() *Process

	// AuthSetting returns the public properties of the named connection.
	AuthSetting(ctx context.Context, connection string) (*AuthSetting, error)

	// SaveTemporaryData keeps text for the next run of the same step if the task succeeds.
	// RestoreTemporaryData returns what an earlier run has saved, if anything.
	SaveTemporaryData(ctx context.Context, text string) error
	RestoreTemporaryData(ctx context.Context) (text string, ok bool, err error)

	// StartProcess sets whether the webhook request of the task starts a process.
	StartProcess(ctx context.Context, start bool) error

	// PostFeed and SendEmail add a message that is delivered if the task succeeds.
	// PostFeed returns its number among the posts of the task, from 1.
	PostFeed(ctx context.Context, post *FeedPost) (int64, error)
	SendEmail(ctx context.Context, email *Email) error
}

// Connector gives tasks access to connections and the network. The program that embeds
// the engine supplies one: package egress has one without connections, package
// connection the full one.
//
// A Connector is used by many tasks at once.
type Connector interface {
	// OAuth2Token is [Host.OAuth2Token] for a task that holds grant.
	OAuth2Token(ctx context.Context, grant *Grant, connection string) (string, error)

	// OAuth2TokenInfo is [Host.OAuth2TokenInfo] for a task that holds grant.
	OAuth2TokenInfo(ctx context.Context, grant *Grant, connection string) (*TokenInfo, error)

	// AuthSetting is [Host.AuthSetting] for a task that holds grant.
	AuthSetting(ctx context.Context, grant *Grant, connection string) (*AuthSetting, error)

	// Do is [Host.Do] for a task that holds grant. A Connector enforces the grant's
	// connections and rules, and of its limits RequestTime, ResponseBytes and Redirects.
	// It sends and stores the grant's cookies. The engine has already checked the number
	// of requests and [Request.BodyBytes].
	Do(ctx context.Context, grant *Grant, req *Request) (*Response, error)
}

// Grant has the permissions of one task: the connections it may use and the
// destinations it may reach. The zero Grant allows nothing.
type Grant struct {
	// Connections lists the names of connections the task may use. Default nil: none.
	Connections []string

	// Allow lists where the task may send requests, in addition to the hosts of its
	// connections. Default nil: nowhere else.
	Allow []Rule

	// Cookies is the jar of the task's run. Default nil: cookies are ignored.
	Cookies CookieJar

	// Limits are the task's effective limits, as [Limits.Within] returns them. Zero allows
	// nothing.
	Limits Limits

	// Traffic, if not nil, counts what a Connector sends for the task. If the Connector
	// does not count, the engine counts the requests that got a response.
	Traffic *Traffic
}

// Traffic counts the requests of a task that were sent to the network: first attempts,
// repeats and redirects, but not requests that were denied, and not token requests of
// connections. It must not be used concurrently.
type Traffic struct {
	Requests      int
	RequestBytes  int64 // of bodies, as sent
	ResponseBytes int64 // of bodies, decompressed
}

// Level is the severity of a log line.
type Level string

// The levels of console.debug, console.info and console.log, console.warn and
// console.error. engine.log writes at LevelInfo.
const (
	LevelDebug Level = "debug"
	LevelInfo  Level = "info"
	LevelWarn  Level = "warn"
	LevelError Level = "error"
)

// SealedPrefix begins every stand-in for a sealed token. 22 characters of base64url
// follow, so neither URL encoding nor JSON changes a stand-in. A stand-in has no value
// outside the process that made it: it is replaced by the token only in a request to
// one of the hosts of its connection, by a task that was granted the connection.
const SealedPrefix = "postern_sealed_"
