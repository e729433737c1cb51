package hostapi

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// Code says what kind of failure an [Error] is. A script reads it as e.code.
type Code string

// The codes.
const (
	CodeScript            Code = "script_error"       // the script threw, trapped or does not compile
	CodeInvalidArgument   Code = "invalid_argument"   // the script called an operation wrongly
	CodeConfig            Code = "config"             // a file, flag or setting is wrong
	CodeDenied            Code = "denied"             // not granted to this task, or refused by policy
	CodeUnknownConnection Code = "unknown_connection" // no connection has that name
	CodeConnection        Code = "connection"         // the connection could not get a token
	CodeNeedsReauth       Code = "needs_reauth"       // a person must authorize the connection again
	CodeNetwork           Code = "network"            // no answer came back
	CodeLimit             Code = "limit"              // a limit of the task was reached
	CodeTimeout           Code = "timeout"            // the task's time, or one request's, ran out
	CodeCanceled          Code = "canceled"           // the caller cancelled the task
	CodeInternal          Code = "internal"           // a fault of Postern itself
)

// Error is the one error type of the project. It tells what failed (Op), on
// what (Name), why (Message, Cause) and what to do next (Hint).
//
// An Error never holds a secret: whoever makes one keeps tokens, passwords and
// bodies out of every field, Cause included.
type Error struct {
	Code    Code
	Op      string // operation as the script or user knows it, such as "getOAuth2Token"
	Name    string // what it was done to: a connection, host, file or data item
	Message string // what went wrong: lower case and one line, but for what a script threw
	Hint    string // what to do next; empty if there is nothing useful to say
	Cause   error

	// Reason says more exactly than Code why it failed, for a program that has to
	// decide on it: a variable such as ErrAccessDenied of package connection, which
	// [errors.Is] finds. It is not part of the text. Nil: Code says it all.
	Reason error

	// File, Line and Column are the place in a script or configuration file.
	// Line and Column count from 1, the column in characters (code points); zero
	// means unknown.
	File   string
	Line   int
	Column int
}

// Error returns "op name: message: cause", without place and hint. It is one
// line: a line break, which only the message of a script should have, becomes a
// space.
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

// oneLine writes text with spaces for line breaks.
func oneLine(text string) string {
	if !strings.ContainsAny(text, "\r\n") {
		return text
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
}

// Detail returns everything a person needs, on one line or two: the place, the
// error and the hint.
func (e *Error) Detail() string {
	text := e.Error()
	if e.File != "" {
		place := e.File
		if e.Line > 0 {
			place += ":" + strconv.Itoa(e.Line)
		}
		if e.Column > 0 {
			place += ":" + strconv.Itoa(e.Column)
		}
		text = place + ": " + text
	}
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes [CodeTimeout] match [context.DeadlineExceeded], [CodeCanceled] match
// [context.Canceled], and Reason match what it matches itself.
func (e *Error) Is(target error) bool {
	if e.Reason != nil && errors.Is(e.Reason, target) {
		return true
	}
	switch e.Code {
	case CodeTimeout:
		return target == context.DeadlineExceeded
	case CodeCanceled:
		return target == context.Canceled
	}
	return false
}

// CodeOf returns the code of err: that of the first [Error] in its chain, the
// code of a context error, or [CodeInternal] for any other error. It returns ""
// for nil.
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
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout
	case errors.Is(err, context.Canceled):
		return CodeCanceled
	}
	return CodeInternal
}
