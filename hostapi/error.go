package hostapi

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Code is the kind of an [Error]. A script reads it as e.code. It is an error itself, so
// that errors.Is can look for it in the whole chain of err, where [CodeOf] returns the
// first:
//
//	if errors.Is(err, hostapi.CodeLimit) { … }
type Code string

// Error returns the code.
func (c Code) Error() string { return string(c) }

// The codes.
const (
	CodeScript            Code = "script_error"       // the script threw, trapped or does not compile
	CodeInvalidArgument   Code = "invalid_argument"   // the script called an operation with a wrong argument
	CodeConfig            Code = "config"             // a file, flag or setting is wrong
	CodeDenied            Code = "denied"             // not granted to this task, or refused by policy
	CodeUnknownConnection Code = "unknown_connection" // no connection has that name
	CodeConnection        Code = "connection"         // the connection could not get a token
	CodeNeedsReauth       Code = "needs_reauth"       // a user must authorize the connection again
	CodeNetwork           Code = "network"            // there was no response
	CodeLimit             Code = "limit"              // a limit of the task was reached
	CodeTimeout           Code = "timeout"            // the time limit of the task, or of one request, was reached
	CodeCanceled          Code = "canceled"           // the caller cancelled the task
	CodeClosed            Code = "closed"             // the engine, the connection manager or the store was closed
	CodeOverloaded        Code = "overloaded"         // too much is in progress already; nothing was begun
	CodeInternal          Code = "internal"           // a fault of Postern itself, or of what the embedding program supplied
)

// Error is the error type of all packages. It has what failed (Op), on what (Name), why
// (Message, Cause) and what to do next (Hint):
//
//	&Error{
//		Code: CodeConfig, Op: "read connections", Name: "oauth.toml",
//		Message: "unknown key", Hint: "did you mean client_id?",
//	}
//
// An Error never holds a secret: tokens, passwords and bodies must not be put into any
// field, including Cause.
type Error struct {
	Code    Code
	Op      string // operation, in the terms of the script or user, such as "getOAuth2Token"
	Name    string // its object: a connection, host, file or data item
	Message string // what went wrong: lower case and one line, except for what a script threw
	Hint    string // what to do next; may be empty
	Cause   error

	// Reason is more specific than Code, for programs that branch on it: a variable such
	// as connection.ErrAccessDenied, found by [errors.Is]. It is not part of the text. May
	// be nil.
	Reason error

	// File, Line and Column are the position in a script or configuration file. Line and
	// Column count from 1, Column in characters (code points); 0: unknown.
	File   string
	Line   int
	Column int

	// Stack has the calls of the script that led to the error, the innermost first, at
	// most [MaxStack] of them. Nil: unknown, or the error is not of a script. Do not
	// change it.
	Stack []Frame

	// Thrown is the value that a script threw: nil, bool, float64, string, []any or
	// map[string]any, as [encoding/json] would parse its JSON. Of an instance of Error it
	// has the properties that the script added, without message and stack. It is nil if
	// there is none, if its JSON has more than 64 KiB, and for WebAssembly. As everything
	// in an Error, it holds no secret that the engine knows.
	Thrown any

	// Transient says that the same operation may succeed later although nothing is changed
	// here. See [Error.Temporary] for codes that imply it.
	Transient bool

	// RetryAfter is how long to wait before the operation is repeated, as the server asked,
	// RFC 9110 §10.2.3. 0: it did not say. At most 10 minutes.
	RetryAfter time.Duration
}

// Frame is one call on the stack of a script.
type Frame struct {
	Function string `json:"function,omitempty"` // "": the top level of a script, or a function without a name
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`   // from 1; 0: unknown, as in WebAssembly
	Column   int    `json:"column,omitempty"` // in characters, from 1; 0: unknown
}

// MaxStack is the maximum length of [Error].Stack.
const MaxStack = 50

// Temporary reports whether the same operation may succeed later although neither a
// script nor a setting nor a limit is changed and no user acts: there was no response
// ([CodeNetwork]), a request or the caller's deadline was too short for once
// ([CodeTimeout], unless the task reached its own limit, [ErrTimeLimit]), or the server
// said so (Transient). A request may have been carried out all the same; see
// [IsIdempotent]. If it is false, a retry most likely fails in the same way.
func (e *Error) Temporary() bool {
	switch e.Code {
	case CodeNetwork, CodeOverloaded:
		return true
	case CodeTimeout:
		return !errors.Is(e, ErrTimeLimit)
	}
	return e.Transient
}

// Error returns "op name: message: cause", without position and hint. It is one line: a
// line break, which only the message of a script should have, becomes a space.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Name != "" {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(e.Name)
	}
	part := func(s string) {
		if s == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(s)
	}
	part(e.Message)
	if e.Cause != nil {
		part(e.Cause.Error())
	}
	if b.Len() == 0 {
		return string(e.Code)
	}
	return oneLine(b.String())
}

// oneLine replaces line breaks by spaces.
func oneLine(text string) string {
	if !strings.ContainsAny(text, "\r\n") {
		return text
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
}

// Detail returns position, error and hint, on one line or two.
func (e *Error) Detail() string {
	text := e.Error()
	if e.File != "" {
		position := e.File
		if e.Line > 0 {
			position += ":" + strconv.Itoa(e.Line)
		}
		if e.Column > 0 {
			position += ":" + strconv.Itoa(e.Column)
		}
		text = position + ": " + text
	}
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes an error match its Code and what its Reason matches, [CodeTimeout] also
// [context.DeadlineExceeded], [CodeCanceled] also [context.Canceled], and [CodeClosed]
// also [ErrClosed].
func (e *Error) Is(target error) bool {
	if code, ok := target.(Code); ok {
		return e.Code == code
	}
	if e.Reason != nil && errors.Is(e.Reason, target) {
		return true
	}
	switch e.Code {
	case CodeTimeout:
		return target == context.DeadlineExceeded
	case CodeCanceled:
		return target == context.Canceled
	case CodeClosed:
		return target == ErrClosed
	}
	return false
}

// As finds what the Reason is or wraps, such as a [*DenialError].
func (e *Error) As(target any) bool { return e.Reason != nil && errors.As(e.Reason, target) }

// CodeOf returns the code of err: that of the first [Error] in its chain, a Code in it,
// the code of a context error or of [ErrClosed], or [CodeInternal] for any other error. It
// returns "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		if e == nil {
			return CodeInternal
		}
		return e.Code
	}
	if code, ok := errors.AsType[Code](err); ok {
		return code
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout
	case errors.Is(err, context.Canceled):
		return CodeCanceled
	case errors.Is(err, ErrClosed):
		return CodeClosed
	}
	return CodeInternal
}
