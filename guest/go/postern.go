// Package postern is the API for tasks written in Go and compiled to WebAssembly. It
// corresponds to the script API of JavaScript tasks.
//
// A task is a main package that exports run:
//
//	package main
//
//	import postern "github.com/postern-dev/postern/guest/go"
//
//	//go:wasmexport run
//	func run() int32 { return postern.Run(task) }
//
//	func task() error {
//		return postern.SetData("q_greeting", "hello")
//	}
//
//	func main() {} // never called
//
// built with the plain toolchain, as a reactor:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o task.wasm .
//
// Standard output becomes log lines at level info, standard error at level
// error. There are no files, no environment and no sockets.
//
// The package must not be used by several goroutines at once. Outside a task every
// call returns an error, so that a task's own packages can be built and tested on any
// platform.
package postern

import (
	"encoding/json"
	"time"
	"unsafe"
)

// Error is an error that the host returned.
type Error struct {
	Code    string `json:"code"`    // the kind of error, such as "denied" or "network"
	Message string `json:"message"` // what went wrong, one line
	Hint    string `json:"hint"`    // what to do about it; may be empty
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Run runs the task and returns the result of the exported function run. If the task
// fails with an error of this package, or with one that wraps it as
// fmt.Errorf("…: %w", err) does, the code and hint are kept.
func Run(task func() error) int32 {
	err := task()
	if err == nil {
		return 0
	}
	hostFail(err.Error())
	return 1
}

// FindData stores the value of a data item in the variable that value points to, as
// json.Unmarshal does. An item without a value leaves the variable unchanged, except
// that it sets a pointer or a slice to nil.
//
// A variable for an item of type
//
//	STRING and its kinds     is a string
//	DECIMAL                  is a json.Number, which keeps every digit, or a float64
//	DATE, DATE_YMD           is a string, such as "2006-01-02"
//	DATETIME                 is a time.Time
//	SELECT and its kinds     is a []string: the values of the options
//	FILE                     is a []File
//	LIST                     is a []map[string]string: rows of text by the column's VarName
//	QUSER                    is a User
//	QGROUP                   is a Group
//
// and [SetData] takes the same.
func FindData(varName string, value any) error {
	text, err := take(hostFindData(varName))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}

// SetData sets a data item to value, which json.Marshal encodes. The write is
// committed only if the task succeeds; FindData returns the new value at once.
func SetData(varName string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = take(hostSetData(varName, view(text)))
	return err
}

// Level is the severity of a log line.
type Level uint32

// The levels.
const (
	LevelDebug Level = iota
	LevelInfo
	LevelWarn
	LevelError
)

// Log adds a line to the task's log.
func Log(level Level, message string) error {
	_, err := take(hostLog(uint32(level), message))
	return err
}

// OAuth2Token returns a valid access token of a connection that the task may use. For
// most connections it is a stand-in, which the host replaces by the token where it is the
// credential of a request to one of the connection's own hosts.
func OAuth2Token(connection string) (string, error) {
	token, err := take(hostGetOAuth2Token(connection))
	return string(token), err
}

// TokenInfo is metadata of a connection's access token. It holds no secret.
type TokenInfo struct {
	TokenType string    `json:"token_type"`          // such as "Bearer"
	Scope     string    `json:"scope"`               // as granted, RFC 6749 §3.3, separated by spaces
	Expiry    time.Time `json:"expires_at,omitzero"` // zero: unknown

	// Fields are the fields of the token response that the operator exposes to
	// tasks, by path. A value is a string, a float64 or a bool.
	Fields map[string]any `json:"fields,omitempty"`
}

// OAuth2TokenInfo returns metadata of the token that OAuth2Token returns. It obtains
// a token if there is none yet.
func OAuth2TokenInfo(connection string) (*TokenInfo, error) {
	return find[TokenInfo](hostGetOAuth2TokenInfo(connection))
}

// RequestingLimit returns how many HTTP requests the task may send in total.
func RequestingLimit() int { return int(hostRequestingLimit()) }

// find fetches a result that is JSON. It is nil for null.
func find[T any](status uint64) (*T, error) {
	text, err := take(status)
	if err != nil {
		return nil, err
	}
	var value *T
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return value, nil
}

// take fetches the result of a host call.
func take(status uint64) ([]byte, error) {
	result := make([]byte, uint32(status))
	if len(result) > 0 {
		hostReadResult(unsafe.Pointer(&result[0]), uint32(len(result)))
	}
	if status>>32 == 0 {
		return result, nil
	}
	e := new(Error)
	if err := json.Unmarshal(result, e); err != nil {
		return nil, err
	}
	return nil, e
}

// view returns b as a string without copying it; b must not change meanwhile.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
