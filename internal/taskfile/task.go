// Package taskfile reads what can be run as a task: a script alone, a task file in TOML
// that names a script and says what it gets, or an add-on. It also gives the data items
// of a task their values. Errors are [hostapi.Error].
package taskfile

import (
	"errors"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/httpstep"
	"github.com/postern-dev/postern/runtime"
)

// Task is what a task file says, or a script or add-on alone.
type Task struct {
	Script   string        // file name; of an add-on its own
	scriptAt hostapi.Error // its place, where a file names it
	Source   []byte        // of the script; nil for an add-on

	Items         []hostapi.Item // nil: not declared, any name may be used
	Data          map[string]any
	Settings      map[string]hostapi.Setting
	Process       *hostapi.Process
	Connections   []string
	ConnectionsAt hostapi.Error // its place, where a file lists them
	Allow         []hostapi.Rule
	Limits        hostapi.Limits

	Plain      bool              // a script alone
	Request    bool              // the script is that of a request
	step       *httpstep.Step    // of a request
	Definition *addon.Definition // of an add-on
}

// Runtime returns the task for an engine that has compiled its script; nil for an add-on.
func (t *Task) Runtime(script *runtime.Script) runtime.Task {
	return runtime.Task{
		Script: script, Items: t.Items, Data: t.Data, Settings: t.Settings, Process: t.Process,
		Connections: t.Connections, Allow: t.Allow, Limits: t.Limits,
	}
}

// Locate returns an error of a run of the task with its place in a file that the author wrote:
// the script of a request has none.
func (t *Task) Locate(err error) error {
	if t.step == nil {
		return err
	}
	return t.step.Locate(err, t.Script)
}

// MainFunction is the function that is called where a script only declares functions.
const MainFunction = "main"

// Reasons of errors, which [errors.Is] finds.
var (
	// ErrNoItem: a script or add-on is given a data item that it does not declare.
	ErrNoItem = errors.New("the task declares no such data item")

	// ErrConnections: the file has connections, and is not a task.
	ErrConnections = errors.New("an oauth.toml is not a task")

	// ErrRaisedLimit: the task sets a limit above what the caller allows.
	ErrRaisedLimit = errors.New("the task raises a limit")
)

func configError(op, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Message: message, Hint: hint}
}

// explanation returns message and hint of err without the operation and name
// that it gives: the error it becomes part of says both.
func explanation(err error) (message, hint string) {
	if e, ok := asHost(err); ok {
		return e.Message, e.Hint
	}
	return err.Error(), ""
}

func asHost(err error) (*hostapi.Error, bool) { return errors.AsType[*hostapi.Error](err) }
