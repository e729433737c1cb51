package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/placeholder"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

func (a *app) checkCommand() *cobra.Command {
	var paths []string
	var isolation string
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Check scripts, tests, task files, add-ons and settings",
		Long: `Compiles scripts and tests (.js, .wasm) and validates add-ons (.xml), task files,
connections files and settings of the server (.toml), without running anything and
without the network. A folder means all such files below it, except those in node_modules and in folders
that begin with a dot. It prints "ok" or "error" with the name of each file to stdout,
or "skip" for a .toml or .xml below a folder that is something else, and what is wrong
to stderr. It warns of placeholders that were not replaced, such as "<your-instance>",
"{Token endpoint URL}" or "YOUR_API_KEY", and of add-ons without the function that a run
calls or without a setting that their script reads.

The connections that a task file lists are looked up where --connections says.`,
		Example: `  postern check scripts oauth.toml
  postern check sync.toml --connections staging.toml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("check", "no PATH given", "postern check . checks everything below this folder")
			}
			return a.check(cmd.Context(), args, paths, isolation)
		},
	}
	isolationFlag(cmd, &isolation)
	a.connectionsFlag(cmd, &paths)
	return cmd
}

// checker checks one file after the other.
type checker struct {
	app         *app
	engine      *runtime.Engine
	connections *connection.Set // nil if there are none to compare with
	checked     int             // files so far
	status      int
}

func (a *app) check(ctx context.Context, paths, files []string, isolation string) error {
	c := &checker{app: a}
	var limits hostapi.Limits
	if _, err := os.Stat(defaultConnections); len(files) > 0 || err == nil {
		read, err := openConnections(ctx, files, a.withSecrets())
		if err != nil && len(files) > 0 {
			return err
		}
		if err == nil { // a broken one is reported if it was named
			c.connections, limits = read.set, read.set.Limits()
		}
	}
	isolated, err := workers(isolation, 1)
	if err != nil {
		return err
	}
	c.engine = a.engine(runtime.Config{Limits: limits, Isolation: isolated})
	defer closeEngine(c.engine)
	for _, path := range paths {
		before := c.checked
		if err := c.walk(ctx, path); err != nil {
			return err
		}
		if c.checked == before {
			c.status = a.out.fail(usageError("check "+path, "nothing to check", "it checks .js, .wasm, .toml and .xml files"))
		}
	}
	if c.status != statusOK {
		return statusError(c.status)
	}
	return nil
}

// walk checks the file at path, or the files below it that are of a kind that
// can be checked.
func (c *checker) walk(ctx context.Context, root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return cancelled("check")
		}
		if err != nil {
			return c.report(path, usageError("read "+path, input.Reason(err), ""))
		}
		if entry.IsDir() {
			return input.SkipFolder(root, path)
		}
		if path != root && !(slices.Contains(taskfile.Extensions(), taskfile.Extension(path)) && input.MaybeRegular(path)) {
			return nil
		}
		content, err := input.ReadText(path)
		if err != nil {
			return c.report(path, err)
		}
		kind := taskfile.KindOf(path, content)
		if path != root && kind == taskfile.KindOther && taskfile.CheckText(path, content) == nil {
			return c.app.out.write([]byte("skip   " + terminal.Escape(path) + ": neither a task, an oauth.toml nor a server.toml\n"))
		}
		return c.report(path, c.file(ctx, path, content, kind))
	})
}

// file returns what is wrong with a file.
func (c *checker) file(ctx context.Context, path string, content []byte, kind taskfile.Kind) error {
	if kind == taskfile.KindConnections {
		set, err := connection.Parse(path, content, c.app.withSecrets())
		if err != nil {
			return err
		}
		for _, warning := range set.Warnings() {
			c.app.out.warn(warning)
		}
		_, err = storeConfig(set, path)
		return errors.Join(err, set.CheckSecrets(ctx))
	}
	if kind == taskfile.KindServer {
		return c.server(path)
	}
	t, err := c.app.taskReader(c.engine.Limits()).Parse(path, content, kind)
	if err != nil {
		return err
	}
	c.warnOfSource(path, content, t)
	if t.Definition != nil {
		return c.addon(ctx, path, t.Definition)
	}
	_, err = c.engine.Compile(ctx, runtime.Source{Name: t.Script, Code: t.Source})
	if c.connections == nil {
		return err
	}
	return errors.Join(err, checkConnections(t, c.connections))
}

// warnOfSource warns of placeholders that were not replaced, and of names that the sandbox
// does not have: in a script, in the script of an add-on, and in a task file.
func (c *checker) warnOfSource(path string, content []byte, t *taskfile.Task) {
	source, language := content, placeholder.JavaScript
	switch {
	case t.Definition != nil:
		source = t.Definition.ScriptSource()
	case taskfile.Extension(path) == "toml":
		language = placeholder.TOML
	case taskfile.Extension(path) != "js":
		return
	}
	for _, found := range placeholder.Find(string(source), language) {
		c.app.out.warn(fmt.Sprintf("%s:%d:%d: %s looks like a placeholder that was not replaced", path, found.Line, found.Column, found.Text))
	}
	if language == placeholder.JavaScript {
		c.warnOfDialect(path, source)
	}
}

// addon returns what is wrong with the script of an add-on, or with its tests. It warns if the script lacks the function that
// a run calls, or the definition a setting.
func (c *checker) addon(ctx context.Context, path string, d *addon.Definition) error {
	compiled, err := addon.Compile(ctx, c.engine, d)
	if err != nil {
		return err
	}
	if name := compiled.Missing(); name != "" {
		c.app.out.warn(fmt.Sprintf("%s: the script does not declare the function %s, which each run calls", path, name))
	}
	c.warnOfConfigs(path, d)
	_, _, err = compiled.Suite(ctx)
	return err
}

// report prints the verdict on a file. The exit status is that of configuration
// if one file is wrong in another way than a script can be.
func (c *checker) report(path string, err error) error {
	c.checked++
	verdict := "ok     "
	if err != nil {
		verdict = "error  "
		if status := c.app.out.fail(err); status != statusScript {
			c.status = statusConfig
		} else if c.status == statusOK {
			c.status = statusScript
		}
	}
	return c.app.out.write([]byte(verdict + terminal.Escape(path) + "\n"))
}
