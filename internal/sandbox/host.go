// Package sandbox is the interface between the sandboxes of tasks and the engine that runs
// them. JavaScript (internal/jsapi) and WebAssembly (internal/wasmvm) are two adapters of
// it.
//
// A [Host] accepts and returns values only, neither callbacks nor live objects, so it could
// run in another process. The one exception is the Open of a [hostapi.File] by reference,
// which reads ranges of bytes: that of a host elsewhere would ask it for them.
package sandbox

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
)

// Host serves the calls of one running task. A sandbox calls it from a single
// goroutine; each task gets its own Host.
//
// Errors are *[hostapi.Error]. They never hold a secret, so an adapter may show them to the
// script unchanged.
type Host interface {
	// FindData returns the value of the data item named varName, or nil if it has none. If
	// the task declares its items, an undeclared name is [hostapi.CodeInvalidArgument].
	FindData(ctx context.Context, varName string) (any, error)

	// SetData writes value to the data item named varName. FindData returns it at once,
	// but it takes effect only if the task succeeds.
	SetData(ctx context.Context, varName string, value any) error

	// Log adds one line to the task's log.
	Log(ctx context.Context, level hostapi.Level, message string) error

	// OAuth2Token returns a stand-in for the named connection's access token (see
	// [hostapi.SealedPrefix]), or the token itself if the connection is not sealed. The token is
	// valid when the call returns.
	OAuth2Token(ctx context.Context, connection string) (string, error)

	// OAuth2TokenInfo returns the public properties of that token. Like OAuth2Token, it
	// obtains a token if there is none.
	OAuth2TokenInfo(ctx context.Context, connection string) (*hostapi.TokenInfo, error)

	// Do sends req and returns the response, whatever its status.
	Do(ctx context.Context, req *hostapi.Request) (*hostapi.Response, error)

	// RequestingLimit returns the maximum number of HTTP requests of the task.
	RequestingLimit() int

	// Items returns the data items that the task declares, with defaults filled in; nil if
	// it declares none, and then any name may be used.
	Items() []hostapi.Item

	// Setting returns the value of the named setting, if it is set.
	Setting(name string) (hostapi.Setting, bool)

	// Process returns the workflow process of the task. It must not be modified.
	Process() *hostapi.Process

	// Directory returns the users and groups that the task may look up.
	Directory() hostapi.Directory

	// AuthSetting returns the public properties of the named connection.
	AuthSetting(ctx context.Context, connection string) (*hostapi.AuthSetting, error)

	// SaveTemporaryData keeps text for the next run of the same step if the task succeeds.
	// RestoreTemporaryData returns what an earlier run has saved, if anything.
	SaveTemporaryData(ctx context.Context, text string) error
	RestoreTemporaryData(ctx context.Context) (text string, ok bool, err error)

	// StartProcess sets whether the webhook request of the task starts a process.
	StartProcess(ctx context.Context, start bool) error

	// PostFeed and SendEmail add a message that is delivered if the task succeeds.
	// PostFeed returns its number among the posts of the task, from 1.
	PostFeed(ctx context.Context, post *hostapi.FeedPost) (int64, error)
	SendEmail(ctx context.Context, email *hostapi.Email) error

	// Modules returns the modules of the embedding program, and Call calls a function of
	// one. Arguments and result are values of data items.
	Modules() []Module
	Call(ctx context.Context, module, function string, args []any) (any, error)
}

// Module names the functions of a module of the embedding program.
type Module struct {
	Name      string
	Functions []string // sorted
}
