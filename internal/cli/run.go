package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/runtime"
)

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run TASK",
		Short: "Run a task and print the resulting data",
		Long: `Runs a task once and prints the data items it leaves behind, "name = value" a line.
What the script logs goes to stderr as it happens.

TASK is a script (.js, .wasm), a task file (.toml) or an add-on (.xml). A script that
only declares functions is run by calling its main(). A task file names a script,
declares data items with their types, and says which settings, connections, hosts
and limits the task gets. A script alone may use every connection of the file;
a task file gets only what it lists, and an add-on what its
settings name. --use grants exactly the named connections instead.

An add-on takes its settings from --config and --config-file. A setting that is a data
item is given the item's variable name; one not declared with --item or
--items is declared with the first type that the setting takes. An add-on that is not
finished is resumed after 1s, 2s, 4s and so on, for as long as --wait allows. For a
start event it prints what it would start processes for: the items of a list, or the
response to a request and the data of the process.

With --server, TASK is the name of a task of that server, which runs it; see postern
tasks.

In the printed data text is shown verbatim; in quotes, if it would otherwise be
invisible or look like another kind of value; indented below its name, if it has
several lines. All other values are JSON, files without their content. A name that is
not a word is in quotes.`,
		Example: `  postern run greet.js --data q_name=Ada
  postern run sync.toml --data-file in.json --json
  postern run report.js --use crm --allow "GET https://api.example.com/v1/*"
  postern run scan.js --file q_scan=page.pdf --out results
  postern run upload.xml --config conf_Auth=crm --config conf_File=q_file --file q_file=a.csv
  postern run watch.xml --config-file watch.json --since 2026-01-31 --max-items 5
  postern run greet --server https://postern.example.com --data q_name=Ada
  postern run hook.xml --config conf_Out=q_out --body request.json --header X-Event=push`,
		Args:              oneArg("TASK"),
		ValidArgsFunction: extensions(taskfile.Extensions()...),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.given = cmd.Flags().Changed
			if f.remote.server != "" {
				return a.runRemote(cmd, args[0], &f)
			}
			if f.asScript {
				return a.printScript(args[0])
			}
			o, err := a.run(cmd.Context(), args[0], &f)
			if f.json {
				return a.printJSON(o, err)
			}
			return a.printText(o, err)
		},
	}
	f.add(a, cmd)
	a.addonHelp(cmd)
	return cmd
}

// printScript prints the script of a task file with [request].
func (a *app) printScript(path string) error {
	t, err := a.taskReader(hostapi.DefaultLimits()).Read(path)
	if err != nil {
		return err
	}
	if !t.Request {
		return usageError("--as-script", "has no effect here", "it applies only to a task file with [request]")
	}
	return a.out.write(t.Source)
}

// run runs the task. The outcome is nil if it did not come to that.
func (a *app) run(ctx context.Context, path string, f *runFlags) (*report.Outcome, error) {
	c, err := openConnections(ctx, f.connections, a.withSecrets())
	if err != nil {
		return nil, err
	}
	limits, err := f.limits(c.set.Limits())
	if err != nil {
		return nil, err
	}
	isolation, err := workers(f.isolation, 1)
	if err != nil {
		return nil, err
	}
	way := new(wayOut)
	engine := a.engine(runtime.Config{Connector: way, Limits: limits, Cookies: c.set.Cookies(), Isolation: isolation})
	defer closeEngine(engine)
	t, err := interruptible(ctx, "read "+path, func() (*taskfile.Task, error) { return a.taskReader(engine.Limits()).Read(path) })
	if err != nil {
		return nil, err
	}
	if err := a.apply(ctx, f, t, c.set); err != nil {
		return nil, err
	}
	program, err := a.compile(ctx, engine, t)
	if err != nil {
		return nil, err
	}
	// Only now: opening a store may create it.
	s, err := a.openSession(ctx, c)
	if err != nil {
		return nil, err
	}
	defer a.close(ctx, s)
	way.Connector = a.connector(s)
	o, err := a.execute(ctx, engine, t, program, f)
	if err == nil && f.out != "" {
		o.Written, err = a.writeFiles(ctx, f.out, o.Data, o.Changed)
	}
	return o, err
}

// taskReader returns the reader of tasks with limits of at most those of ceiling.
func (a *app) taskReader(ceiling hostapi.Limits) *taskfile.Reader {
	return &taskfile.Reader{Ceiling: ceiling, Show: a.out.mayShow, Warn: a.out.warn}
}

// connector returns the way out of the sandbox.
func (a *app) connector(s *session) hostapi.Connector {
	if len(s.set.Names()) == 0 {
		return s.client
	}
	return &warner{next: s.manager, set: s.set, warn: a.out.warn}
}

// wayOut is the connector of an engine that is made before the session is opened.
type wayOut struct{ hostapi.Connector }

// program is what a task runs: a script, or an add-on.
type program struct {
	script *runtime.Script
	addon  *addon.Addon
}

func (a *app) compile(ctx context.Context, engine *runtime.Engine, t *taskfile.Task) (p program, err error) {
	if t.Definition != nil {
		p.addon, err = addon.Compile(ctx, engine, t.Definition)
	} else {
		p.script, err = engine.Compile(ctx, runtime.Source{Name: t.Script, Code: t.Source})
	}
	return p, err
}

// execute runs a task that has been read and compiled.
func (a *app) execute(ctx context.Context, engine *runtime.Engine, t *taskfile.Task, p program, f *runFlags) (*report.Outcome, error) {
	rt := t.Runtime(p.script)
	rt.OnEvent = a.onEvent(f)
	if p.addon != nil {
		return a.executeAddon(ctx, p.addon, t.Definition.Type, rt, f)
	}
	if rt.Script.OnlyDeclares(taskfile.MainFunction) {
		if rt.Script.Declares(taskfile.MainFunction) {
			rt.Call = taskfile.MainFunction
		} else {
			a.out.warn(t.Script + ": nothing was run: the script only declares things, and has no main()")
		}
	}
	result, err := limit.Await(ctx, "run", taskTime(engine, rt), func() (*runtime.Result, error) { return engine.Run(ctx, rt) })
	return &report.Outcome{Result: result}, t.Locate(err)
}

// taskTime returns how long the task may take.
func taskTime(engine *runtime.Engine, rt runtime.Task) time.Duration {
	return rt.Limits.Within(engine.Limits()).Time
}

// onEvent shows what the script logs as it happens. With --json the logs are in
// the object. A line that turns out to have had a credential is shown again.
func (a *app) onEvent(f *runFlags) func(runtime.Event) {
	if f.json {
		return nil
	}
	lines := 0
	return func(e runtime.Event) {
		switch {
		case e.RunStart != nil: // of a further step of the task
			lines = 0
		case e.Log == nil:
		case e.LogLine <= lines:
			a.out.say("line %d of the log is now without a secret: %s", e.LogLine, report.Log(e.Log))
		default:
			lines = e.LogLine
			a.out.say("%s", report.Log(e.Log))
		}
	}
}
