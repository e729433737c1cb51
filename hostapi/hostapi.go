// Package hostapi is the contract between a sandboxed task and the host that
// runs it: every operation a script may ask for, the values that cross over,
// and the checks on them.
//
// JavaScript and WebAssembly are two adapters of this one contract. What a [Host]
// takes and gives is values: there are no callbacks and no live objects, so a Host
// may stand on the other side of a process boundary.
//
// The package imports the standard library only.
package hostapi

import "context"

// Host answers the calls of one running task. A sandbox calls it from a single
// goroutine; each task gets a Host of its own.
//
// Errors are *[Error]. They never hold a secret, so an adapter may show them to
// the script as they are.
type Host interface {
	// FindData returns the value of the data item named varName, or nil when
	// the item has none. Where the task declares its items, an undeclared name
	// is [CodeInvalidArgument].
	FindData(ctx context.Context, varName string) (any, error)

	// SetData writes value to the data item named varName. The write is kept
	// aside and takes effect only if the task succeeds; FindData sees it at once.
	SetData(ctx context.Context, varName string, value any) error

	// Log adds one line to the task's log.
	Log(ctx context.Context, level Level, message string) error

	// OAuth2Token returns what the script may hold of the named connection's
	// access token: a stand-in (see [SealedPrefix]), or the token itself where
	// the connection is not sealed. The token behind it is current when the
	// call returns.
	OAuth2Token(ctx context.Context, connection string) (string, error)

	// OAuth2TokenInfo returns what the task may know of that token. It gets one, as
	// OAuth2Token does, if there is none.
	OAuth2TokenInfo(ctx context.Context, connection string) (*TokenInfo, error)

	// Do sends req and returns the answer, whatever its status.
	Do(ctx context.Context, req *Request) (*Response, error)

	// RequestingLimit returns how many HTTP requests the task may send in all.
	RequestingLimit() int

	// Items returns the data items the task declares, with their defaults filled
	// in; nil if it declares none, and then any name may be used.
	Items() []Item

	// Setting returns what was chosen for the setting of that name, if it is set.
	Setting(name string) (Setting, bool)

	// Process returns what the task is told of its process. It is not to be
	// changed.
	Process() *Process

	// AuthSetting returns what the task may know of the named connection.
	AuthSetting(ctx context.Context, connection string) (*AuthSetting, error)

	// SaveTemporaryData keeps text for the next run of the same step, and
	// RestoreTemporaryData returns what was kept, if anything was. What a task
	// that fails saved is not kept.
	SaveTemporaryData(ctx context.Context, text string) error
	RestoreTemporaryData(ctx context.Context) (text string, ok bool, err error)

	// StartProcess says whether a process is to be started for the webhook
	// request that the task is answering.
	StartProcess(ctx context.Context, start bool) error

	// PostFeed and SendEmail hand over a message, which is delivered if the task
	// succeeds. PostFeed returns its number among the posts of the task, from 1.
	PostFeed(ctx context.Context, post *FeedPost) (int64, error)
	SendEmail(ctx context.Context, email *Email) error
}

// Connector is the way out of the sandbox: it knows connections and the
// network. A host that embeds the engine supplies one; package egress has one
// that knows no connections, package connection has the full one.
//
// A Connector is used by many tasks at once.
type Connector interface {
	// OAuth2Token is [Host.OAuth2Token] for a task that holds grant.
	OAuth2Token(ctx context.Context, grant *Grant, connection string) (string, error)

	// OAuth2TokenInfo is [Host.OAuth2TokenInfo] for a task that holds grant.
	OAuth2TokenInfo(ctx context.Context, grant *Grant, connection string) (*TokenInfo, error)

	// AuthSetting is [Host.AuthSetting] for a task that holds grant.
	AuthSetting(ctx context.Context, grant *Grant, connection string) (*AuthSetting, error)

	// Do is [Host.Do] for a task that holds grant. A Connector enforces the
	// grant's connections and rules, and of its limits RequestTime,
	// ResponseBytes and Redirects. It sends and takes the grant's cookies. The engine
	// has already compared the number of requests, and [Request.BodyBytes], with the
	// limits.
	Do(ctx context.Context, grant *Grant, req *Request) (*Response, error)
}

// Grant is what one task was given: the connections it may name and the places
// it may reach. The zero Grant reaches nothing.
type Grant struct {
	// Connections lists the names the task may use. Nil grants none.
	Connections []string

	// Allow lists where the task may send requests, beside the hosts of its
	// connections. Nil grants nothing more.
	Allow []Rule

	// Cookies is the jar of the task's run. Nil keeps no cookies.
	Cookies CookieJar

	// Limits are the task's effective limits, as [Limits.Within] returns them.
	// Zero allows nothing.
	Limits Limits

	// Traffic, if not nil, is where a Connector counts what it sends for the task.
	// Of one that does not, the engine counts the requests that got an answer.
	Traffic *Traffic
}

// Traffic is what has been sent for a task, and received: every request that was
// handed to the network, whether it is the first, a repeat or the next after a
// redirect. Requests that no rule allows are not among them, nor those that get
// tokens for connections. It is for one goroutine at a time.
type Traffic struct {
	Requests      int
	RequestBytes  int64 // of bodies as they are sent
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

// SealedPrefix begins every stand-in for a sealed token. The rest is 22
// characters of base64url, so a stand-in survives URL encoding and JSON
// unchanged. A stand-in is worth nothing outside the process that made it: it
// is exchanged for the token on the wire, in a request to one of the hosts of
// its connection, by a task that was granted the connection.
const SealedPrefix = "postern_sealed_"
