package cli

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) tasksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tasks",
		Short: "List, register, activate and delete tasks of a server",
		Long:  `Shows and manages the tasks of a server, see postern serve.`,
	}
	cmd.AddCommand(a.tasksListCommand(), a.tasksVersionsCommand(), a.tasksRegisterCommand(), a.tasksActivateCommand(), a.tasksDeleteCommand())
	return a.group(cmd)
}

func (a *app) tasksListCommand() *cobra.Command {
	var search string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List tasks",
		Long:    `Lists the tasks of a server, by name, with the version that runs use.`,
		Example: `  postern tasks list --search sync`,
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&search, "search", "", "those whose name has `TEXT`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	f := a.remoteFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.remote("tasks list", f)
		if err != nil {
			return err
		}
		list := []*client.Task{}
		rows := [][]string{{"NAME", "ACTIVE", "NEWEST", "SOURCE", "CHANGED"}}
		for t, err := range c.Tasks(cmd.Context(), search) {
			if err != nil {
				return remoteError("tasks list", err)
			}
			active := strconv.FormatInt(t.Active, 10)
			if t.Active == 0 {
				active = "none"
			}
			list = append(list, t)
			rows = append(rows, []string{terminal.Escape(t.Name), active, strconv.FormatInt(t.Newest, 10), t.Source, t.Changed.Format(time.RFC3339)})
		}
		if asJSON {
			return a.out.writeJSON(list)
		}
		return a.out.write(aligned(rows))
	}
	return cmd
}

func (a *app) tasksRegisterCommand() *cobra.Command {
	var use, allow []string
	cmd := &cobra.Command{
		Use:   "register NAME FILE...",
		Short: "Register a version of a task, and activate it",
		Long: `Sends files to a server as a version of the task NAME, which runs use from then on. The
first FILE is the task: a script, a task file or an add-on; others, such as the script of
a task file, are named as they are beside it.`,
		Example: `  postern tasks register sync sync.toml sync.js
  postern tasks register report report.js --use crm`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 { //nolint:mnd // as Use has them
				return usageError("tasks register", "takes a name and at least one file", "postern tasks register NAME FILE...")
			}
			return nil
		},
		ValidArgsFunction: extensions(taskfile.Extensions()...),
	}
	cmd.Flags().StringArrayVar(&use, "use", nil, "grant the connection `NAME` to a script; repeatable")
	cmd.Flags().StringArrayVar(&allow, "allow", nil, "let a script send requests to `RULE`; repeatable")
	f := a.remoteFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.remote("tasks register", f)
		if err != nil {
			return err
		}
		version := client.TaskVersion{Main: filepath.Base(args[1]), Files: make(map[string][]byte)}
		folder := filepath.Dir(args[1])
		for _, path := range args[1:] {
			name, err := filepath.Rel(folder, path)
			if err != nil {
				return usageError("read "+path, "is not beside "+args[1], "")
			}
			content, err := input.ReadFile(path)
			if err != nil {
				return err
			}
			version.Files[filepath.ToSlash(name)] = content
			a.out.mayShow(filepath.ToSlash(name), content)
		}
		version.Options = make(map[string]any)
		if len(use) > 0 {
			version.Options["connections"] = use
		}
		if len(allow) > 0 {
			version.Options["allow"] = allow
		}
		n, warnings, err := c.Register(cmd.Context(), args[0], version)
		if err != nil {
			return remoteError("tasks register", err)
		}
		for _, w := range warnings {
			a.out.warn(w)
		}
		a.out.say("postern: version %d of %s is active", n, terminal.Escape(args[0]))
		return nil
	}
	return cmd
}

func (a *app) tasksVersionsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "versions NAME",
		Short:   "List the versions of a task",
		Long:    `Lists the versions of a task, the newest first.`,
		Example: `  postern tasks versions sync`,
		Args:    oneArg("NAME of the task"),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedTasks)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		op := "tasks versions " + args[0]
		c, err := a.remote(op, f)
		if err != nil {
			return err
		}
		versions, err := c.Versions(cmd.Context(), args[0])
		if err != nil {
			return remoteError(op, err)
		}
		if asJSON {
			return a.out.writeJSON(append([]*client.Version{}, versions...))
		}
		task, err := c.Task(cmd.Context(), args[0], 0)
		if err != nil {
			return remoteError(op, err)
		}
		rows := [][]string{{"VERSION", "STATE", "MAIN", "CREATED", "ACTOR"}}
		for _, v := range versions {
			state := "-"
			if v.Number == task.Active {
				state = "active"
			}
			rows = append(rows, []string{strconv.FormatInt(v.Number, 10), state, terminal.Escape(v.Main), v.Created.Format(time.RFC3339), terminal.Escape(v.Actor)})
		}
		return a.out.write(aligned(rows))
	}
	return cmd
}

func (a *app) tasksActivateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "activate NAME VERSION",
		Short:   "Make a version of a task the one that runs use",
		Long:    `Makes a version of a task the one that runs use, such as an earlier one; 0 deactivates the task.`,
		Example: `  postern tasks activate sync 3`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 { //nolint:mnd // as Use has them
				return usageError("tasks activate", "takes a name and a version", "postern tasks activate NAME VERSION")
			}
			return nil
		},
	}
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedTasks)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		version, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil || version < 0 {
			return usageError("tasks activate", fmt.Sprintf("%q is not a version", terminal.Escape(args[1])), "write its number, or 0 for none")
		}
		c, err := a.remote("tasks activate", f)
		if err != nil {
			return err
		}
		return remoteError("tasks activate", c.Activate(cmd.Context(), args[0], version))
	}
	return cmd
}

func (a *app) tasksDeleteCommand() *cobra.Command {
	var version int64
	cmd := a.remoteDelete(&cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a task, or a version of it",
		Long: `Deletes a task with its versions, or with --task-version one that is not active. Runs stay.
It is refused while a run has not ended, see postern runs cancel, or a schedule starts it.`,
		Example: `  postern tasks delete sync --yes
  postern tasks delete sync --task-version 3`,
		Args: oneArg("NAME of the task"),
	}, "tasks delete", func() string {
		if version != 0 {
			return fmt.Sprintf("version %d of the task", version)
		}
		return "task"
	}, completedTasks, func(c *client.Client, ctx context.Context, name string) error {
		if version != 0 {
			return c.DeleteVersion(ctx, name, version)
		}
		return c.DeleteTask(ctx, name)
	})
	cmd.Flags().Int64Var(&version, "task-version", 0, "only the version `N`")
	return cmd
}

// remoteDelete makes a command that deletes something for good. What it deletes is told by what, once the flags are known.
func (a *app) remoteDelete(cmd *cobra.Command, op string, what func() string, list func(context.Context, *client.Client) iter.Seq2[cobra.Completion, error],
	del func(c *client.Client, ctx context.Context, name string) error,
) *cobra.Command {
	var yes bool
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, list)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.remote(op, f)
		if err != nil {
			return err
		}
		if !yes {
			if err := a.confirm(cmd.Context(), op+" "+args[0], "Delete the "+what()+" "+terminal.Escape(args[0])+"?", "--yes does it without asking"); err != nil {
				return err
			}
		}
		return remoteError(op+" "+args[0], del(c, cmd.Context(), args[0]))
	}
	return cmd
}

func (a *app) schedulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schedules",
		Short: "List, add, start and delete schedules of a server",
		Long:  `Shows and manages the schedules of a server, see postern serve.`,
	}
	cmd.AddCommand(a.schedulesListCommand(), a.schedulesAddCommand(), a.schedulesStartCommand(), a.schedulesDeleteCommand())
	return a.group(cmd)
}

func (a *app) schedulesListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List schedules",
		Long:    `Lists the schedules of a server, by name.`,
		Example: `  postern schedules list`,
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	f := a.remoteFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.remote("schedules list", f)
		if err != nil {
			return err
		}
		list := []*client.Schedule{}
		rows := [][]string{{"ID", "NAME", "TASK", "WHEN", "NEXT", "PROBLEM"}}
		for s, err := range c.Schedules(cmd.Context()) {
			if err != nil {
				return remoteError("schedules list", err)
			}
			when, next := s.Cron+" "+s.Zone, "disabled"
			if s.Every > 0 {
				when = "every " + time.Duration(s.Every*float64(time.Second)).String()
			}
			if len(s.Next) > 0 {
				next = s.Next[0].Format(time.RFC3339)
			}
			list = append(list, s)
			rows = append(rows, []string{s.ID, terminal.Escape(s.Name), terminal.Escape(s.Task), when, next, terminal.Escape(orDash(s.Problem))})
		}
		if asJSON {
			return a.out.writeJSON(list)
		}
		return a.out.write(aligned(rows))
	}
	return cmd
}

func (a *app) schedulesAddCommand() *cobra.Command {
	s := client.Schedule{Enabled: true}
	var every time.Duration
	var data []string
	cmd := &cobra.Command{
		Use:   "add NAME TASK",
		Short: "Add a schedule",
		Long:  `Adds a schedule that starts runs of a task, and prints its ID.`,
		Example: `  postern schedules add daily sync --cron '30 6 * * MON-FRI' --zone Europe/Berlin
  postern schedules add poll inbox --every 15m --no-overlap`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 { //nolint:mnd // as Use has them
				return usageError("schedules add", "takes a name and a task", "postern schedules add NAME TASK")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&s.Cron, "cron", "", "at the times of an `EXPRESSION` of five fields, or @hourly, @daily, @weekly, @monthly, @yearly")
	cmd.Flags().DurationVar(&every, "every", 0, "at an interval of `DURATION`")
	cmd.Flags().StringVar(&s.Zone, "zone", "", "time `ZONE` of --cron (default UTC)")
	cmd.Flags().StringVar(&s.CatchUp, "catch-up", "", "which times that were missed start a run: `HOW` is none, one or all (default one)")
	cmd.Flags().BoolVar(&s.NoOverlap, "no-overlap", false, "leave a time out while the last run goes on")
	cmd.Flags().StringArrayVar(&data, "data", nil, "set a data item: `NAME=TEXT`, or NAME:=JSON for other values; repeatable")
	complete(cmd, "catch-up", cobra.FixedCompletions([]string{"none", "one", "all"}, cobra.ShellCompDirectiveNoFileComp))
	f := a.remoteFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t := &taskfile.Task{Plain: true}
		for _, assignment := range data {
			if err := t.Assign("--data", assignment); err != nil {
				return err
			}
		}
		c, err := a.remote("schedules add", f)
		if err != nil {
			return err
		}
		s.Name, s.Task, s.Every = args[0], args[1], every.Seconds()
		if len(t.Data) > 0 {
			s.Data = t.Data
		}
		added, err := c.AddSchedule(cmd.Context(), s)
		if err != nil {
			return remoteError("schedules add", err)
		}
		return a.out.write([]byte(added.ID + "\n"))
	}
	return cmd
}

func (a *app) schedulesStartCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "start ID",
		Short:   "Start a run of a schedule now",
		Long:    `Starts a run of a schedule now, and prints the ID of the run.`,
		Example: `  postern schedules start 01a22be7-47eb-7b0b-af9b-442cf32f3d9b`,
		Args:    oneArg("ID of the schedule"),
	}
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedSchedules)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.remote("schedules start", f)
		if err != nil {
			return err
		}
		run, err := c.StartSchedule(cmd.Context(), args[0])
		if err != nil {
			return remoteError("schedules start", err)
		}
		return a.out.write([]byte(run.ID + "\n"))
	}
	return cmd
}

func (a *app) schedulesDeleteCommand() *cobra.Command {
	return a.remoteDelete(&cobra.Command{
		Use:     "delete ID",
		Short:   "Delete a schedule; its runs stay",
		Long:    `Deletes a schedule. Its runs stay.`,
		Example: `  postern schedules delete 01a22be7-47eb-7b0b-af9b-442cf32f3d9b --yes`,
		Args:    oneArg("ID of the schedule"),
	}, "schedules delete", func() string { return "schedule" }, completedSchedules, (*client.Client).DeleteSchedule)
}
