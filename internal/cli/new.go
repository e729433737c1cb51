package cli

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/scripts"
)

// scaffold are the files that new writes. NAME is replaced by the name in their names
// and texts, DATE for the day.
//
//go:embed scaffold
var scaffold embed.FS

func (a *app) newCommand() *cobra.Command {
	var dir string
	var addon, request bool
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write a small task with a test, to start from",
		Long: `Writes a task that works, NAME.js, and its tests, NAME.test.js; and for editors that
check JavaScript, postern.d.ts with the types of the script API and a jsconfig.json,
unless they exist. With --addon it writes an add-on, NAME.xml, with its
settings, script, icon and tests; with --request a task file, NAME.toml, that describes
an HTTP request and needs no script.

It prints the names of the files. It never overwrites one.`,
		Example: `  postern new greet
  postern new greet --dir tasks/greet
  postern new greet --addon
  postern new items --request`,
		Args:              oneArg("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case addon && request:
				return usageError("new", "takes --addon or --request, not both", "")
			case addon:
				return a.newAddon(args[0], dir)
			case request:
				return a.newRequest(args[0], dir)
			}
			return a.newTask(args[0], dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "write into the folder `DIR`, created if it is missing")
	cmd.Flags().BoolVar(&addon, "addon", false, "write an add-on (.xml)")
	cmd.Flags().BoolVar(&request, "request", false, "write a task without a script: an HTTP request (.toml)")
	complete(cmd, "dir", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
	return cmd
}

func (a *app) newTask(name, dir string) error {
	files := []newFile{
		{name: name + ".js", from: "NAME.js"},
		{name: name + taskfile.TestExtension, from: "NAME" + taskfile.TestExtension},
		{name: "postern.d.ts", content: scripts.Types(), shared: true},
		{name: "jsconfig.json", content: scripts.JSConfig(), shared: true},
	}
	if err := a.writeNew(name, dir, files); err != nil {
		return err
	}
	a.out.say("next: postern test %s\n      postern run %s --data q_name=Ada",
		terminal.Escape(filepath.Join(dir, name+taskfile.TestExtension)), terminal.Escape(filepath.Join(dir, name+".js")))
	return nil
}

func (a *app) newAddon(name, dir string) error {
	if err := a.writeNew(name, dir, []newFile{{name: name + ".xml", from: "NAME.xml"}}); err != nil {
		return err
	}
	path := terminal.Escape(filepath.Join(dir, name+".xml"))
	a.out.say("next: postern test %s\n      postern run %s --config conf_Name=Ada --config conf_Greeting=q_greeting", path, path)
	return nil
}

func (a *app) newRequest(name, dir string) error {
	if err := a.writeNew(name, dir, []newFile{{name: name + ".toml", from: "NAME.toml"}}); err != nil {
		return err
	}
	path := terminal.Escape(filepath.Join(dir, name+".toml"))
	a.out.say("next: postern playground --write-config oauth.toml -- postern run %s\n      postern run %s --as-script", path, path)
	return nil
}

// newFile is a file to write.
type newFile struct {
	name    string
	from    string // the file of scaffold that it is made from
	content []byte // where it is made from none
	shared  bool   // it may be there already, for other tasks
}

// writeNew writes files for a task of that name: all of them, or none if one is in
// the way.
func (a *app) writeNew(name, dir string, files []newFile) error {
	if err := checkName(name); err != nil {
		return err
	}
	fail := func(path string, err error) error {
		message := input.Reason(err)
		hint := ""
		if errors.Is(err, fs.ErrExist) {
			message, hint = "the file exists", "choose another NAME, or another folder with --dir"
		}
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "write", Name: path, Message: message, Hint: hint}
	}
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if _, err := os.Lstat(path); err == nil && !f.shared {
			return fail(path, fs.ErrExist)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // source files, as open as git makes them
		return fail(dir, err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		content, err := f.text(name)
		if err != nil {
			return fail(path, err)
		}
		switch err := atomicfile.Create(path, content, 0o644); {
		case errors.Is(err, fs.ErrExist) && f.shared:
			continue
		case err != nil:
			return fail(path, err)
		}
		if err := a.out.write([]byte(terminal.Escape(path) + "\n")); err != nil {
			return err
		}
	}
	return nil
}

// checkName keeps NAME to what is a file name everywhere and needs no quotes in
// scripts and XML.
func checkName(name string) error {
	if ext := filepath.Ext(name); ext != "" && len(ext) < len(name) {
		return usageError("new "+name, "NAME has an extension", "leave it out: postern new "+strings.TrimSuffix(name, ext))
	}
	plain := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }
	if name == "" || strings.HasPrefix(name, "-") || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return usageError("new", "NAME must consist of letters, digits, - and _", "--dir says in which folder")
	}
	return nil
}

// text returns the content of a file for a task of that name.
func (f *newFile) text(name string) ([]byte, error) {
	if f.from == "" {
		return f.content, nil
	}
	text, err := scaffold.ReadFile("scaffold/" + f.from)
	if err != nil {
		return nil, err
	}
	return []byte(strings.NewReplacer("NAME", name, "DATE", time.Now().Format(time.DateOnly)).Replace(string(text))), nil
}
