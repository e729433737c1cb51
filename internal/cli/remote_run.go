package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// remoteRunFlags are the flags of run that have an effect with --server: others say what the server
// decides.
func remoteRunFlags() []string {
	return []string{"server", "token-file", "data", "data-file", "file", "timeout", "out", "json"}
}

// runRemote runs a task of a server, and waits for its end.
func (a *app) runRemote(cmd *cobra.Command, task string, f *runFlags) error {
	var wrong string
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if wrong == "" && !slices.Contains(remoteRunFlags(), flag.Name) {
			wrong = flag.Name
		}
	})
	if wrong != "" {
		return usageError("--"+wrong, "has no effect with --server", "the definition of the task on the server says it")
	}
	c, err := a.remote("run", &f.remote)
	if err != nil {
		return err
	}
	request, err := a.remoteRequest(cmd.Context(), task, f)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	run, err := c.Start(ctx, request)
	if err == nil {
		run, err = a.finish(ctx, c, run, f.json)
	}
	if err != nil {
		return remoteError("run", err)
	}
	return a.printRun(ctx, c, run, f)
}

func (a *app) remoteRequest(ctx context.Context, task string, f *runFlags) (client.RunRequest, error) {
	request := client.RunRequest{Task: task, Timeout: f.timeout.Seconds()}
	t := &taskfile.Task{Plain: true}
	if f.dataFile != "" {
		if err := setFile(ctx, t, f.dataFile, a.env.Stdin); err != nil {
			return request, err
		}
	}
	for _, assignment := range f.data {
		if err := t.Assign("--data", assignment); err != nil {
			return request, err
		}
	}
	request.Data = t.Data
	for _, assignment := range f.file {
		item, path, ok := strings.Cut(assignment, "=")
		if !ok || item == "" || path == "" {
			return request, usageError("--file "+terminal.Escape(assignment), "is not an assignment", "write name=path")
		}
		file, err := fileAt(path, true)
		if err != nil {
			return request, err
		}
		request.Files = append(request.Files, client.File{Item: item, Name: file.Name, ContentType: file.ContentType, Content: file.Content})
	}
	return request, nil
}

// entryText returns an entry of the log of a run as it is shown.
func entryText(e *client.LogEntry) string {
	if e.Kind == "log" {
		return report.Log(&runtime.Log{Level: hostapi.Level(e.Level), Message: e.Text})
	}
	return terminal.Escape(cmp.Or(e.Text, string(e.Request)))
}

// finish shows what a run logs until it ends.
func (a *app) finish(ctx context.Context, c *client.Client, run *client.Run, quiet bool) (*client.Run, error) {
	if quiet {
		return a.goesOn(ctx, c, run)
	}
	for e, err := range c.Follow(ctx, run.ID, 0) {
		if errors.Is(err, client.ErrUnavailable) {
			return nil, a.leftRunning(run, err)
		}
		if err != nil {
			break // Wait says why
		}
		if e.Kind == "log" || e.Kind == "cut" {
			a.out.say("%s", entryText(&e))
		}
	}
	return a.goesOn(ctx, c, run)
}

func (a *app) goesOn(ctx context.Context, c *client.Client, run *client.Run) (*client.Run, error) {
	ended, err := c.Wait(ctx, run.ID)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, a.leftRunning(run, &hostapi.Error{Code: hostapi.CodeCanceled, Op: "run", Message: "stopped waiting"})
	case errors.Is(err, client.ErrUnavailable):
		return nil, a.leftRunning(run, err)
	}
	return ended, err
}

// leftRunning says how to ask for a run later that is waited for no longer, because of err.
func (a *app) leftRunning(run *client.Run, err error) error {
	a.out.say("postern: the run goes on; postern runs show %s", run.ID)
	return err
}

// printRun prints a run that has ended, and returns its error.
func (a *app) printRun(ctx context.Context, c *client.Client, run *client.Run, f *runFlags) error {
	err := runError(run)
	if f.json {
		a.out.brief = err != nil
		return cmp.Or(a.out.writeJSON(asOutcome(run)), err)
	}
	if err != nil || run.Outcome == nil {
		return err
	}
	o := &report.Outcome{Result: &runtime.Result{Data: run.Outcome.Data}}
	if f.out != "" {
		if o.Written, err = a.fetchFiles(ctx, c, run, o.Data, f.out); err != nil {
			return err
		}
	}
	text, err := o.Text()
	if err != nil {
		return err
	}
	return a.out.write(text)
}

// remoteOutcome is what postern run --json prints of a run of a server: what it prints without
// one, and the run.
type remoteOutcome struct {
	client.Outcome

	Error *client.Failure `json:"error,omitempty"`
	Run   client.Run      `json:"run"` // without what is above
}

func asOutcome(run *client.Run) remoteOutcome {
	o := remoteOutcome{Outcome: client.Outcome{Data: map[string]any{}, Logs: []client.LogLine{}}, Error: run.Error, Run: *run}
	if run.Outcome != nil {
		o.Outcome = *run.Outcome
	}
	o.Run.Outcome, o.Run.Error = nil, nil
	return o
}

// runError returns the error of a run that has ended, nil if it succeeded.
func runError(run *client.Run) error {
	switch {
	case run.Error != nil:
		e := failureOf(run.Error)
		e.Op, e.Name = "run", run.Task
		return e
	case run.State == "canceled":
		return &hostapi.Error{Code: hostapi.CodeCanceled, Op: "run", Name: run.Task, Message: "it was cancelled"}
	}
	return nil
}

// fetchFiles writes the files of a run into a folder, and puts them into data.
func (a *app) fetchFiles(ctx context.Context, c *client.Client, run *client.Run, data map[string]any, dir string) (map[*hostapi.File]string, error) {
	files := make(map[string][]any)
	var names []string
	for i, f := range run.Files {
		content, err := c.RunFile(ctx, run.ID, i)
		if err != nil {
			return nil, remoteError("read file", err)
		}
		if files[f.Item] == nil {
			names = append(names, f.Item)
		}
		files[f.Item] = append(files[f.Item], &hostapi.File{Name: f.Name, ContentType: f.ContentType, Content: content})
	}
	for name, list := range files {
		data[name] = list
	}
	return a.writeFiles(ctx, dir, data, names)
}

func (a *app) runsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List, follow, cancel and repeat runs of a server",
		Long:  `Shows and manages the runs of a server, see postern serve.`,
	}
	cmd.AddCommand(a.runsListCommand(), a.runsShowCommand(), a.runsLogCommand(), a.runsCancelCommand(), a.runsRetryCommand())
	return a.group(cmd)
}

func (a *app) runsListCommand() *cobra.Command {
	var filter client.RunFilter
	var since string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List runs",
		Long:    `Lists runs of a server, the newest first.`,
		Example: `  postern runs list --task sync --state failed,interrupted --since 24h`,
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringSliceVar(&filter.States, "state", nil, "those in the `STATES`, separated by commas: queued, running, waiting, succeeded, failed,\ncanceled or interrupted")
	cmd.Flags().StringVar(&filter.Task, "task", "", "those of the task `NAME`")
	cmd.Flags().StringVar(&filter.Tenant, "tenant", "", "those of the tenant `NAME`")
	cmd.Flags().StringVar(&filter.Search, "search", "", "those with `TEXT` in the ID, the task, the actor or the error")
	cmd.Flags().StringVar(&since, "since", "", "not older than `TIME`: 2006-01-02, 2006-01-02T15:04:05Z, or back from now as in 12h or 7d")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most `N` runs") //nolint:mnd // documented by the flag
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	states := []string{"queued", "running", "waiting", "succeeded", "failed", "canceled", "interrupted"}
	complete(cmd, "state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp))
	f := a.remoteFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if filter.CreatedFrom, err = parseSince(since, nil); err != nil {
			return err
		}
		c, err := a.remote("runs list", f)
		if err != nil {
			return err
		}
		list := []*client.Run{}
		rows := [][]string{{"ID", "TASK", "STATE", "CREATED", "ACTOR"}}
		for run, err := range c.Runs(cmd.Context(), filter) {
			if err != nil {
				return remoteError("runs list", err)
			}
			if len(list) >= limit {
				break
			}
			list = append(list, run)
			rows = append(rows, []string{run.ID, terminal.Escape(run.Task), run.State, run.Created.Format(time.RFC3339), terminal.Escape(run.Actor)})
		}
		if asJSON {
			return a.out.writeJSON(list)
		}
		return a.out.write(aligned(rows))
	}
	return cmd
}

func (a *app) runsShowCommand() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Print the data that a run left behind",
		Long:    `Prints the data of a run that has ended, as postern run does, or what went wrong.`,
		Example: `  postern runs show 01a22be7-47eb-7b0b-af9b-442cf32f3d9b --out results`,
		Args:    oneArg("ID of a run"),
	}
	cmd.Flags().StringVar(&flags.out, "out", "", "write the files in the data into the folder `DIR`")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print a JSON object with state, data, logs, usage and error")
	complete(cmd, "out", completeFolders)
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedRuns)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.remote("runs show", f)
		if err != nil {
			return err
		}
		run, err := c.Run(cmd.Context(), args[0])
		if err != nil {
			return remoteError("runs show", err)
		}
		if !run.Ended() && !flags.json {
			a.out.say("postern: the run is %s", run.State)
		}
		return a.printRun(cmd.Context(), c, run, &flags)
	}
	return cmd
}

func (a *app) runsLogCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "log ID",
		Short: "Print the log of a run, and follow it until the run has ended",
		Long: `Prints what a run has logged and which requests it has sent, and goes on until it has
ended.`,
		Example: `  postern runs log 01a22be7-47eb-7b0b-af9b-442cf32f3d9b`,
		Args:    oneArg("ID of a run"),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object for each entry")
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedRuns)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.remote("runs log", f)
		if err != nil {
			return err
		}
		for e, err := range c.Follow(cmd.Context(), args[0], 0) {
			if err != nil {
				return remoteError("runs log", err)
			}
			if asJSON {
				err = a.out.writeJSON(e)
			} else {
				err = a.out.write([]byte(e.Time.Format(time.RFC3339) + " " + entryText(&e) + "\n"))
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

func (a *app) runsCancelCommand() *cobra.Command {
	var task string
	cmd := &cobra.Command{
		Use:   "cancel [ID]",
		Short: "Ask for the end of a run, or of all runs of a task",
		Long: `Asks for the end of a run, or with --task of all runs of a task that have not ended, and
says how many these are.`,
		Example: `  postern runs cancel 01a22be7-47eb-7b0b-af9b-442cf32f3d9b
  postern runs cancel --task sync`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 == (task != "") || len(args) > 1 {
				return usageError("runs cancel", "takes the ID of a run, or --task", "postern runs cancel ID")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&task, "task", "", "all runs of the task `NAME`")
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedRuns)
	complete(cmd, "task", a.completeRemote(f, completedTasks))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.remote("runs cancel", f)
		if err != nil {
			return err
		}
		if task != "" {
			return a.cancelRuns(cmd.Context(), c, task)
		}
		return remoteError("runs cancel", c.Cancel(cmd.Context(), args[0]))
	}
	return cmd
}

// cancelRuns asks for the end of all runs of a task.
func (a *app) cancelRuns(ctx context.Context, c *client.Client, task string) error {
	n := 0
	for run, err := range c.Runs(ctx, client.RunFilter{Task: task, States: []string{"queued", "waiting", "running"}}) {
		if err == nil {
			err = c.Cancel(ctx, run.ID)
		}
		if err != nil {
			a.out.say("postern: runs cancelled until then: %d", n)
			return remoteError("runs cancel", err)
		}
		n++
	}
	a.out.say("postern: runs cancelled: %d", n)
	return nil
}

func (a *app) runsRetryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "retry ID",
		Short:   "Start a run that repeats one which has ended",
		Long:    `Starts a run that does what another one, which has ended, was asked to do. It prints the ID.`,
		Example: `  postern runs retry 01a22be7-47eb-7b0b-af9b-442cf32f3d9b`,
		Args:    oneArg("ID of a run"),
	}
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedRuns)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.remote("runs retry", f)
		if err != nil {
			return err
		}
		run, err := c.Retry(cmd.Context(), args[0])
		if err != nil {
			return remoteError("runs retry", err)
		}
		return a.out.write([]byte(run.ID + "\n"))
	}
	return cmd
}
