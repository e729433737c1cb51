package cli

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
)

// runFlags are the flags of the command run.
type runFlags struct {
	item, data, file, config    []string
	items, dataFile, configFile string
	process, timeZone           string
	connections, use, allow     []string
	timeout, wait               time.Duration
	limit                       []string
	maxItems                    int
	since                       string
	body, method, url           string
	header                      []string
	out                         string
	json, asScript              bool
	isolation                   string
	remote                      remoteFlags

	given func(name string) bool // whether a flag was given
}

// add adds the flags to the command.
func (f *runFlags) add(a *app, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.data, "data", nil, "set a data item: `NAME=TEXT`, or NAME:=JSON for other values; read by the item's\n"+
		"type where one is declared, with a comma between options; repeatable")
	flags.StringVar(&f.dataFile, "data-file", "", "set data items from the JSON object in `FILE`; - is stdin")
	flags.StringArrayVar(&f.file, "file", nil, "put the file at a path into a data item: `NAME=PATH`; repeatable")
	flags.StringArrayVar(&f.item, "item", nil, "declare a data item: `NAME=TYPE`, such as q_total=DECIMAL, or a table with its columns:\n"+
		"'q_lines=LIST(name,price:DECIMAL)'; repeatable")
	flags.StringVar(&f.items, "items", "", "declare the data items in the JSON array in `FILE`: {varName, type, name, number,\n"+
		"options: [{value, display}], columns: [{varName, name, type, scale, options}]}")
	flags.StringArrayVar(&f.config, "config", nil, "choose a setting: `NAME=TEXT`; repeatable")
	flags.StringVar(&f.configFile, "config-file", "", "choose settings from the JSON object in `FILE`")
	flags.StringVar(&f.process, "process", "", "describe the process of the task with the JSON object in `FILE`: {instanceId,\n"+
		"modelInfoId, debug, timeZone, users: [{id, name, email}], groups: [{id, name, email,\n"+
		"parentId, members: [{userId, leader}]}], started: [id]}")
	flags.StringVar(&f.timeZone, "time-zone", "", "time `ZONE` of the process, such as GMT+09:00 or Asia/Tokyo (default UTC)")
	flags.StringArrayVar(&f.use, "use", nil, "grant the connection `NAME`, and no others; repeatable")
	flags.StringArrayVar(&f.allow, "allow", nil, "let the task send requests to `RULE`, [METHOD ][scheme://]host[:port][/path];\n"+
		"one that names the port may lead to a private address; repeatable")
	flags.DurationVar(&f.timeout, "timeout", 0, "wall time of the task (default 30s): the same as --limit time=")
	limitFlag(cmd, &f.limit)
	flags.DurationVar(&f.wait, "wait", time.Minute, "keep resuming an unfinished add-on for this long; 0s disables")
	flags.IntVar(&f.maxItems, "max-items", 100, "start events: list at most `N` items")
	flags.StringVar(&f.since, "since", "", "start events: list what is not older than `TIME`, 2006-01-02 or 2006-01-02T15:04:05Z")
	flags.StringVar(&f.body, "body", "", "webhooks: read the request's body from `FILE`; - is stdin")
	flags.StringArrayVar(&f.header, "header", nil, "webhooks: a header of the request, `NAME=VALUE`; repeatable")
	flags.StringVar(&f.method, "method", "", "webhooks: the `METHOD` of the request (default POST)")
	flags.StringVar(&f.url, "url", "", "webhooks: the `URL` of the request, such as '/hook?event=push'")
	flags.StringVar(&f.out, "out", "", "write the files that the task leaves in data items into the folder `DIR`")
	flags.BoolVar(&f.json, "json", false, "print one JSON object with data, logs, usage and error")
	flags.BoolVar(&f.asScript, "as-script", false, "print the script that [request] of a task file means, and run nothing")
	isolationFlag(cmd, &f.isolation)
	f.remote.add(cmd, "run a task of the server at `URL`")
	a.connectionsFlag(cmd, &f.connections)
	complete(cmd, "use", completeNames)
	for _, name := range []string{"data-file", "items", "config-file", "process"} {
		complete(cmd, name, extensions("json"))
	}
	complete(cmd, "item", completeItemTypes)
	complete(cmd, "out", completeFolders)
}

// completeItemTypes completes what follows NAME= to a type of data items.
func completeItemTypes(_ *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
	name, _, ok := strings.Cut(text, "=")
	if !ok {
		return nil, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}
	var list []cobra.Completion
	for _, t := range hostapi.ItemTypes() {
		list = append(list, name+"="+string(t))
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

func completeFolders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// check refuses flags that have no effect for the task.
func (f *runFlags) check(t *taskfile.Task) error {
	kind := addon.Type("")
	if t.Definition != nil {
		kind = t.Definition.Type
	}
	listed := kind == addon.StartEvent || kind == addon.StartEventTimer
	for _, flag := range []struct {
		name string
		ok   bool
		of   string
	}{
		{"wait", kind == addon.ServiceTask, "an add-on that is a step of a process"},
		{"max-items", listed, "a start event that lists items"},
		{"since", kind == addon.StartEvent, "a start event that lists items by time"},
		{"body", kind == addon.StartEventWebhook, "a webhook"},
		{"header", kind == addon.StartEventWebhook, "a webhook"},
		{"method", kind == addon.StartEventWebhook, "a webhook"},
		{"url", kind == addon.StartEventWebhook, "a webhook"},
	} {
		if f.given(flag.name) && !flag.ok {
			return usageError("--"+flag.name, "has no effect here", "it applies only to "+flag.of)
		}
	}
	switch {
	case f.given("timeout") && f.timeout <= 0:
		return usageError("--timeout", "is not above zero", "write it as 5s or 2m")
	case f.wait < 0:
		return usageError("--wait", "must not be negative", "write it as 30s or 5m")
	case f.maxItems < 1:
		return usageError("--max-items", "is not above zero", "")
	}
	return nil
}

// apply applies the flags, which override the task file.
func (a *app) apply(ctx context.Context, f *runFlags, t *taskfile.Task, set *connection.Set) error {
	if err := f.check(t); err != nil {
		return err
	}
	texts, err := a.configTexts(ctx, f)
	if err != nil {
		return err
	}
	if err := declare(ctx, t, f, texts); err != nil {
		return err
	}
	a.warnOfTables(t)
	if err := setProcess(ctx, t, f); err != nil {
		return err
	}
	if f.dataFile != "" {
		if err := setFile(ctx, t, f.dataFile, a.env.Stdin); err != nil {
			return err
		}
	}
	for _, assignment := range f.data {
		if err := t.Assign("--data", assignment); err != nil {
			return hintFile(t, assignment, err)
		}
	}
	if err := addFiles(t, f.file, f.json); err != nil {
		return err
	}
	if err := setAllow(t, f.allow); err != nil {
		return err
	}
	if f.timeout > 0 {
		t.Limits.Time = f.timeout
	}
	return choose(ctx, t, texts, f.use, set)
}

func setAllow(t *taskfile.Task, allow []string) error {
	for _, text := range allow {
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			message, hint := explanation(err)
			return usageError("--allow "+strconv.Quote(text), message, hint)
		}
		t.Allow = append(t.Allow, rule)
	}
	return nil
}

// choose makes the settings of the task from the texts of --config, and grants the
// connections.
func choose(ctx context.Context, t *taskfile.Task, texts map[string]string, use []string, set *connection.Set) error {
	granted := set.Names()
	if len(use) > 0 {
		granted, t.Connections, t.ConnectionsAt = use, use, hostapi.Error{}
	} else if t.Plain {
		t.Connections = granted
	}
	if err := checkConnections(t, set); err != nil {
		return err
	}
	if len(t.Connections) > 0 && (len(use) > 0 || !t.Plain) { // it is meant to use them
		if err := set.CheckSecrets(ctx, t.Connections...); err != nil {
			return err
		}
	}
	if t.Definition != nil {
		return t.Configure(ctx, texts, granted)
	}
	for name, text := range texts {
		if t.Settings == nil {
			t.Settings = make(map[string]hostapi.Setting)
		}
		t.Settings[name] = hostapi.Setting{Text: text}
	}
	return nil
}

// warnOfTables warns of tables that an add-on cannot write to.
func (a *app) warnOfTables(t *taskfile.Task) {
	for _, item := range t.Items {
		if t.Definition != nil && item.Type == hostapi.TypeList && len(item.Columns) == 0 {
			a.out.warn("the table " + item.VarName + " has no columns: declare them, as in --item '" + item.VarName + "=LIST(text,price:DECIMAL)'")
		}
	}
}

// hintFile adds to the error of an assignment how a data item gets a file, if it holds files.
func hintFile(t *taskfile.Task, assignment string, err error) error {
	name, _, _ := strings.Cut(assignment, "=")
	isFile := slices.ContainsFunc(t.Items, func(i hostapi.Item) bool { return i.VarName == name && i.Type == hostapi.TypeFile })
	if e, ok := asHost(err); ok && isFile {
		e.Hint = "--file " + name + "=PATH puts a file into it"
	}
	return err
}
