package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/template"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
)

// addFlags are the flags of the command connection add.
type addFlags struct {
	connections, set []string
	template         string
	remote           remoteFlags
}

func (a *app) connectionAddCommand() *cobra.Command {
	var f addFlags
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a connection to oauth.toml, from a template",
		Long: `Writes the connection NAME into the first connections file, which is created if it is
missing. --template names a built-in template (see postern connection templates) or a
template file. --set sets its variables; at a terminal, the missing ones are asked for.

A secret does not belong on a command line: --set takes env:NAME or file:PATH for it,
the path relative to the folder of oauth.toml. A secret that you type at the terminal is
not shown, and is written into a separate file beside oauth.toml.

With --server the connection is added to a server, which keeps its secrets: those that
--set refers to are read on this machine, and sent.`,
		Example: `  postern connection add crm --template authorization_code
  postern connection add code --template github --set client_id=Iv1.8a61f9b3 --set client_secret=env:GITHUB_SECRET
  postern connection add intranet --template ./intranet.toml --connections staging.toml
  postern connection add crm --template authorization_code --server https://postern.example.com`,
		Args:              oneArg("NAME for the connection"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.remote.server != "" {
				return a.addRemote(cmd, args[0], &f)
			}
			return a.add(cmd.Context(), args[0], &f)
		},
	}
	cmd.Flags().StringVar(&f.template, "template", "", "use the built-in template `NAME`, or the template file NAME.toml")
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "set a variable of the template: `KEY=VALUE`; repeatable")
	a.connectionsFlag(cmd, &f.connections)
	f.remote.add(cmd, "add it to the server at `URL`")
	complete(cmd, "template", func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return template.Names(), cobra.ShellCompDirectiveDefault
	})
	return cmd
}

func (a *app) add(ctx context.Context, name string, f *addFlags) error {
	addition, err := a.addition("connection add "+name, name, f) //nolint:contextcheck // as in noteGranted: templates of the program
	if err != nil {
		return err
	}
	addition.file = defaultConnections
	if len(f.connections) > 0 {
		addition.file = f.connections[0]
	}
	if err := addition.read(ctx); err != nil { // before a question is asked
		return err
	}
	if err := addition.ask(ctx); err != nil {
		return err
	}
	set, err := addition.write()
	if err != nil {
		return err
	}
	if err := a.out.write([]byte(terminal.Escape(name) + ": added to " + terminal.Escape(addition.file) + "\n")); err != nil {
		return err
	}
	a.noteAdded(ctx, name, f)
	a.sayWhatIsNext(name, addition.template.Grant, set, f)
	return nil
}

// addition returns what the flags say of a connection.
func (a *app) addition(op, name string, f *addFlags) (*addition, error) {
	if f.template == "" {
		return nil, usageError(op, "no template given", "name one with --template; postern connection templates lists them")
	}
	t, err := loadTemplate(f.template)
	if err != nil {
		return nil, err
	}
	values, err := f.values(t)
	if err != nil {
		return nil, err
	}
	return &addition{app: a, op: op, name: name, template: t, values: values}, nil
}

// noteAdded records in the store, if there is one, who added the connection.
func (a *app) noteAdded(ctx context.Context, name string, f *addFlags) {
	c, err := openConnections(ctx, f.connections, connection.ParseOptions{SkipSecrets: true})
	if err != nil {
		return
	}
	if url, _ := c.set.Store(); url == "" {
		return
	}
	c, err = openConnections(ctx, f.connections, a.withSecrets())
	if err == nil {
		err = noteIn(ctx, c, connection.AuditEvent{
			Action: connection.ActionAdd, Key: connection.Key{Namespace: c.set.StoreOptions().Namespace, Connection: name}, Identity: hostapi.Identity{Actor: username()}, Detail: "template " + f.template,
		})
	}
	if err != nil {
		a.out.say("postern: note: the audit trail has no entry for it: %s", report.Summary(err))
	}
}

func noteIn(ctx context.Context, c *connections, event connection.AuditEvent) error {
	kept, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	if err := kept.Audit(ctx, event); err != nil {
		_ = kept.Close() //nolint:contextcheck // closing takes none; the first error is returned
		return err
	}
	return kept.Close() //nolint:contextcheck // as above; it stores the event
}

// loadTemplate returns the built-in template of that name, or that in a file.
func loadTemplate(name string) (*template.Template, error) {
	if taskfile.Extension(name) == "toml" {
		content, err := input.ReadText(name)
		if err != nil {
			return nil, err
		}
		return template.Parse(name, content)
	}
	return builtinTemplate(name)
}

func builtinTemplate(name string) (*template.Template, error) {
	t, err := template.Builtin(name)
	if e, ok := asHost(err); ok {
		e.Hint = nearest.Hint("", name, template.Names(), "postern connection templates lists them; the name of a file ends in .toml")
	}
	return t, err
}

// values returns what --set says.
func (f *addFlags) values(t *template.Template) (map[string]string, error) {
	values := make(map[string]string)
	names := make([]string, len(t.Variables))
	for i, v := range t.Variables {
		names[i] = v.Name
	}
	for _, assignment := range f.set {
		name, value, ok := strings.Cut(assignment, "=")
		if !ok {
			return nil, usageError("--set", "is not an assignment", "write KEY=VALUE") // it may be a secret
		}
		i := slices.Index(names, name)
		switch {
		case i < 0:
			hint := fmt.Sprintf("those of %s are %s", t.Name, strings.Join(names, ", "))
			return nil, usageError("--set "+name, "is not a variable of the template", nearest.Hint("", name, names, hint))
		case values[name] != "":
			return nil, usageError("--set "+name, "is given twice", "remove the duplicate")
		case t.Variables[i].Hidden && !isReference(value):
			return nil, usageError("--set "+name, "is a secret, which does not belong on a command line", "write env:NAME or file:PATH")
		}
		values[name] = value
	}
	return values, nil
}

func isReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}

// addition is a connection that is being added to a file, or to a server.
type addition struct {
	app      *app
	op       string
	name     string
	file     string
	template *template.Template
	values   map[string]string // of variables
	secrets  []secretFile
	typed    map[string]string // secrets by placeholder, for a server; nil: they go into files

	before []byte // what the file has; nil: there is no such file yet
}

// secretFile is a secret that the user typed, and the file that it is written to.
type secretFile struct{ variable, path, secret string }

// secretFile returns the file for a secret that the user typed for a variable.
func (d *addition) secretFile(v template.Variable, secret string) secretFile {
	name := safeName(d.name + "." + v.Name + ".secret")
	return secretFile{v.Name, filepath.Join(filepath.Dir(d.file), name), secret}
}

// check checks what is known so far.
func (d *addition) check(ctx context.Context) error {
	if err := d.template.Check(ctx, d.name, d.values, connection.ParseOptions{SkipSecrets: true}); err != nil {
		return d.namingFlag(err)
	}
	return nil
}

// read reads the file that it is added to.
func (d *addition) read(ctx context.Context) error {
	if err := d.check(ctx); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Dir(d.file)); err != nil {
		return usageError("write "+d.file, input.Reason(err), "")
	}
	if _, err := os.Stat(d.file); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var err error
	if d.before, err = input.ReadFile(d.file); err != nil {
		return err
	}
	set, err := d.parse(d.before)
	if err == nil && slices.Contains(set.Names(), d.name) {
		err = &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "connection add", Name: d.name, Message: "a connection of that name exists", File: d.file,
			Hint: "choose another name, or edit the file",
		}
	}
	return err
}

// namingFlag returns err with a hint that names the --set that it comes from.
func (d *addition) namingFlag(err error) error {
	e, ok := asHost(err)
	if !ok {
		return err
	}
	named := *e
	for _, variable := range d.template.VariablesOf(e.Name) {
		if _, given := d.values[variable]; given {
			named.Hint = strings.TrimSuffix("change --set "+variable+": "+e.Hint, ": ")
		}
	}
	return &named
}

func (d *addition) parse(text []byte) (*connection.Set, error) {
	return connection.Parse(d.file, text, connection.ParseOptions{SkipSecrets: true})
}

// write writes the connection and its secrets, all of it or nothing, and returns the
// connections that the file then has.
func (d *addition) write() (set *connection.Set, err error) {
	text, set, err := d.text()
	if err != nil {
		return nil, err
	}
	for i, s := range d.secrets {
		if err := createSecret(s); err != nil {
			removeSecrets(d.secrets[:i])
			return nil, err
		}
	}
	if err := atomicfile.Write(d.file, text, 0o600); err != nil {
		removeSecrets(d.secrets)
		return nil, usageError("write "+d.file, input.Reason(err), "")
	}
	for _, s := range d.secrets {
		d.app.out.say("the secret is in %s", terminal.Escape(s.path))
	}
	return set, nil
}

// text returns the text of the file with the connection at its end, and the connections
// that it then has. Existing text is unchanged.
func (d *addition) text() ([]byte, *connection.Set, error) {
	if err := d.needs(); err != nil {
		return nil, nil, err
	}
	entry, err := d.template.Entry(d.name, d.values)
	if err != nil {
		return nil, nil, err
	}
	text := slices.Clone(d.before)
	if len(text) > 0 {
		if text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		text = append(text, '\n')
	}
	text = append(text, entry...)
	set, err := d.parse(text)
	return text, set, err
}

// needs returns an error that names every variable that has no value and needs one.
func (d *addition) needs() error {
	missing := d.template.Missing(d.values)
	if len(missing) == 0 {
		return nil
	}
	var names, flags, instead []string
	for _, v := range missing {
		flag := "--set " + v.Name + "=…"
		if v.Hidden {
			flag = "--set " + v.Name + "=env:NAME"
		}
		names, flags = append(names, v.Name), append(flags, flag)
		if v.Unless != "" {
			instead = append(instead, v.Name)
		}
	}
	hint := "write " + strings.Join(flags, " ")
	if len(instead) > 0 {
		i := slices.IndexFunc(missing, func(v template.Variable) bool { return v.Unless != "" })
		hint += "; --set " + missing[i].Unless + "=… replaces " + strings.Join(instead, ", ")
	}
	return usageError(d.op, "the template needs values for "+strings.Join(names, ", "), hint)
}

func createSecret(s secretFile) error {
	switch err := atomicfile.Create(s.path, []byte(s.secret+"\n"), 0o600); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return secretExists(s)
	default:
		return usageError("write "+s.path, input.Reason(err), "")
	}
}

func secretExists(s secretFile) error {
	hint := fmt.Sprintf("remove it if nothing needs it, or use the secret in it: --set %s=file:%s", s.variable, filepath.Base(s.path))
	return usageError("write "+s.path, "the file exists", hint)
}

// removeSecrets removes the files of secrets that nothing refers to.
func removeSecrets(secrets []secretFile) {
	for _, s := range secrets {
		_ = os.Remove(s.path) // the first error is the one to report
	}
}

// sayWhatIsNext prints what is left to do until the connection can be used.
func (a *app) sayWhatIsNext(name, grant string, set *connection.Set, f *addFlags) {
	more := connectionsWords(f.connections)
	var steps []string
	if grant == "authorization_code" {
		callback, anyPort := callbackOf(set.RedirectURI(name))
		if anyPort {
			callback += " (any port)"
		}
		steps = append(steps, "register the callback "+terminal.Escape(callback)+" with the server")
	}
	if grant == "authorization_code" || grant == "device_code" {
		if url, _ := set.Store(); url == "" && len(f.connections) < 2 {
			steps = append(steps, "add [store] to the file, to keep the grant: url = \"sqlite:postern.db\", key = \"file:postern.key\"; postern keys new makes the key")
		}
		steps = append(steps, command("connect", name)+more)
	} else {
		steps = append(steps, command("connection test", name)+more)
	}
	a.out.say("next: %s", strings.Join(steps, "\n      "))
}
