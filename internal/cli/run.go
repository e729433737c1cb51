package cli

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// runFlags are the flags of the verb run.
type runFlags struct {
	data        []string
	dataFile    string
	connections string
	use         []string
	allow       []string
	timeout     time.Duration
	timeoutSet  bool
	json        bool
}

func (a *app) runVerb() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run TASK",
		Short: "Run a task and print the resulting data",
		Long: `Runs a task once and prints the data items it leaves behind, "name = value" a line.
What the script logs goes to stderr as it happens.

TASK is a script (.js, .wasm) or a task file (.toml), which names a script, declares
data items with their types, and says which connections, places and limits the task
gets. A script alone may use every connection of the file, since whoever runs it owns
both; a task file gets only what it lists. --use grants exactly the named connections
instead.

In the printed data text stands as it is; in quotes, if it would otherwise be
invisible or look like another kind of value; indented below its name, if it has
several lines. All other values are JSON. A name that is not a word is in quotes.`,
		Example: `  postern run greet.js --data q_name=Ada
  postern run sync.toml --data-file in.json --json
  postern run report.js --use crm --allow "GET https://api.example.com/v1/*"`,
		Args:              oneArg("TASK"),
		ValidArgsFunction: extensions(taskExtensions()...),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.timeoutSet = cmd.Flags().Changed("timeout")
			result, err := a.run(cmd.Context(), args[0], &f)
			if f.json {
				return a.printJSON(result, err)
			}
			if err != nil {
				return err
			}
			text, err := dataText(result.Data)
			if err != nil {
				return err
			}
			return a.out.write(text)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.data, "data", nil, "set a data item: `NAME=TEXT`, or NAME:=JSON for other values; read by the item's\n"+
		"type where the task file declares one, with a comma between options; repeatable")
	flags.StringVar(&f.dataFile, "data-file", "", "set data items from the JSON object in `FILE`; - is stdin")
	flags.StringArrayVar(&f.use, "use", nil, "grant the connection `NAME`, and no others; repeatable")
	flags.StringArrayVar(&f.allow, "allow", nil, "let the task send requests to `RULE`, [METHOD ][scheme://]host[:port][/path];\n"+
		"one that names the port may lead to a private address; repeatable")
	flags.DurationVar(&f.timeout, "timeout", 0, "wall time of the task (default 30s)")
	flags.BoolVar(&f.json, "json", false, "print one JSON object with data, logs, usage and error")
	connectionsFlag(cmd, &f.connections)
	complete(cmd, "use", completeNames)
	complete(cmd, "data-file", extensions("json"))
	return cmd
}

// run runs the task. The result is nil if it did not come to that.
func (a *app) run(ctx context.Context, path string, f *runFlags) (*runtime.Result, error) {
	set, err := openConnections(f.connections, a.withSecrets())
	if err != nil {
		return nil, err
	}
	client := egress.New(set.Egress())
	defer client.Close()
	manager, err := connection.NewManager(connection.Config{Set: set, Egress: client})
	if err != nil {
		return nil, err
	}
	defer a.closeManager(ctx, manager)
	limits := set.Limits() // the engine fills in the defaults, once
	if f.timeout > 0 {
		limits.Time = max(hostapi.DefaultLimits().Time, f.timeout)
	}
	engine := a.engine(runtime.Config{Connector: a.connector(set, client, manager), Limits: limits})
	defer engine.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the process ends
	t, err := a.loadTask(path, engine.Limits())
	if err != nil {
		return nil, err
	}
	if err := a.apply(f, t, set); err != nil {
		return nil, err
	}
	script, err := engine.Compile(ctx, runtime.Source{Name: t.script, Code: t.source})
	if err != nil {
		return nil, err
	}
	return engine.Run(ctx, runtime.Task{
		Script: script, Items: t.items, Data: t.data,
		Connections: t.connections, Allow: t.allow, Limits: t.limits,
		OnEvent: a.onEvent(f),
	})
}

// connector returns the way out of the sandbox.
func (a *app) connector(set *connection.Set, client *egress.Client, manager *connection.Manager) hostapi.Connector {
	if len(set.Names()) == 0 {
		return client
	}
	return &warner{Connector: manager, set: set, warn: a.out.warn}
}

// apply lets the flags have their say over what the task file says.
func (a *app) apply(f *runFlags, t *task, set *connection.Set) error {
	if f.dataFile != "" {
		if err := t.setFile(f.dataFile, a.env.Stdin); err != nil {
			return err
		}
	}
	for _, assignment := range f.data {
		if err := t.setFlag(assignment); err != nil {
			return err
		}
	}
	for _, text := range f.allow {
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			message, hint := explanation(err)
			return usageError("--allow "+strconv.Quote(text), message, hint)
		}
		t.allow = append(t.allow, rule)
	}
	if f.timeoutSet && f.timeout <= 0 {
		return usageError("--timeout", "is not above zero", "write it as 5s or 2m")
	}
	if f.timeout > 0 {
		t.limits.Time = f.timeout
	}
	switch {
	case len(f.use) > 0:
		t.connections, t.connectionsAt = f.use, hostapi.Error{}
	case t.plain:
		t.connections = set.Names()
	}
	return t.checkConnections(set)
}

// onEvent shows what the script logs as it happens. With --json the logs are in
// the object.
func (a *app) onEvent(f *runFlags) func(runtime.Event) {
	if f.json {
		return nil
	}
	return func(e runtime.Event) {
		if e.Log == nil {
			return
		}
		label := "log: "
		if e.Log.Level != hostapi.LevelInfo {
			label = "log " + string(e.Log.Level) + ": "
		}
		message := strings.TrimSuffix(escapeBut(e.Log.Message, "\n\t"), "\n")
		a.out.say("%s%s", label, indent(message, strings.Repeat(" ", len(label))))
	}
}

// outcome is what run --json prints.
type outcome struct {
	Data  map[string]any `json:"data"`
	Logs  []runtime.Log  `json:"logs"`
	Usage usage          `json:"usage"`
	Error *failure       `json:"error,omitempty"`
}

type usage struct {
	Wall          float64 `json:"wall_ms"`
	CPU           float64 `json:"cpu_ms"`
	Requests      int     `json:"requests"`
	RequestBytes  int64   `json:"request_bytes"`
	ResponseBytes int64   `json:"response_bytes"`
	Memory        int64   `json:"memory_bytes"`
}

type failure struct {
	Code    hostapi.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
	File    string       `json:"file,omitempty"`
	Line    int          `json:"line,omitempty"`
	Column  int          `json:"column,omitempty"`
}

// printJSON prints the outcome of a run that ended with err, and returns err.
func (a *app) printJSON(result *runtime.Result, err error) error {
	o := outcome{Data: map[string]any{}, Logs: []runtime.Log{}}
	if result != nil {
		if result.Data != nil {
			o.Data = result.Data
		}
		if result.Logs != nil {
			o.Logs = result.Logs
		}
		u := result.Usage
		o.Usage = usage{
			Wall: milliseconds(u.Wall), CPU: milliseconds(u.CPU), Requests: u.Requests,
			RequestBytes: u.RequestBytes, ResponseBytes: u.ResponseBytes, Memory: u.Memory,
		}
	}
	if err != nil {
		a.out.brief = true
		o.Error = &failure{Code: hostapi.CodeOf(err), Message: err.Error()}
		if e, ok := asHost(err); ok {
			o.Error = &failure{
				Code: e.Code, Message: e.Error(), Hint: hint(e), File: e.File, Line: e.Line, Column: e.Column,
			}
		}
	}
	if failed := a.out.writeJSON(o); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}

// milliseconds returns d with three decimals.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
