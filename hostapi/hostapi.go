// Package hostapi is the contract between a sandboxed task and its host: the values that
// a script and its host exchange, the checks on them, and the [Connector] that a program
// can supply.
//
// The package imports only the standard library.
package hostapi

import "context"

// Connector gives tasks access to connections and the network. The program that embeds
// the engine supplies one: package egress has one without connections, package
// connection the full one.
//
// An implementation embeds [BaseConnector], also if it wraps another Connector, and
// hostapitest.TestConnector tests it. It is used by many tasks at once. Its errors are
// *[Error]; the text of any other error is not shown to the task.
//
// The context of a call has the values of the context that was given to the Engine's Run
// ([context.Context].Value), such as a span or a request ID; it ends when the task does.
// egress.Client and connection.Manager pass these values on to the
// [net/http.RoundTripper] of the egress.Config. A token request that several tasks wait
// for has the values of the first.
type Connector interface {
	embedsBaseConnector()

	// OAuth2Token returns a stand-in for the named connection's access token (see
	// [SealedPrefix]), or the token itself if the connection is not sealed. The token is
	// valid when the call returns.
	OAuth2Token(ctx context.Context, grant *Grant, connection string) (string, error)

	// OAuth2TokenInfo returns the public properties of that token. Like OAuth2Token, it
	// obtains a token if there is none.
	OAuth2TokenInfo(ctx context.Context, grant *Grant, connection string) (*TokenInfo, error)

	// AuthSetting returns the public properties of the named connection.
	AuthSetting(ctx context.Context, grant *Grant, connection string) (*AuthSetting, error)

	// Do sends req and returns the response, whatever its status. A Connector enforces the
	// grant's connections and rules, and of its limits RequestTime, ResponseBytes and Redirects.
	// It sends and stores the grant's cookies. The engine has already checked the number
	// of requests and [Request.BodyBytes]. The response is the engine's: the Connector
	// changes neither its header nor its body any more.
	Do(ctx context.Context, grant *Grant, req *Request) (*Response, error)
}

// Grant has the permissions of one task: the connections it may use and the
// destinations it may reach. The zero Grant allows nothing.
type Grant struct {
	// Identity says for whom the task runs, for audit trails and events. Default: not
	// known, apart from the name of the script.
	Identity Identity

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

	// Run, if not nil, is what Connectors keep for the length of the run. Default nil: they
	// keep nothing.
	Run *RunState

	// Traffic, if not nil, counts what a Connector sends for the task. If the Connector
	// does not count, the engine counts the requests that got a response.
	Traffic *Traffic

	// Trace, if not nil, is told what a Connector does for the task. Default nil: nothing
	// is told, and costs nothing.
	Trace *Trace
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
