package cli

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/service"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
)

// addRemote adds a connection to a server, from a template. A secret that is referred to is read
// on this machine, and sent.
func (a *app) addRemote(cmd *cobra.Command, name string, f *addFlags) error {
	op := "connection add " + name
	c, err := a.remoteOnly(cmd, op, &f.remote)
	if err != nil {
		return err
	}
	d, err := a.addition(op, name, f)
	if err != nil {
		return err
	}
	d.typed = make(map[string]string)
	if err := d.check(cmd.Context()); err != nil {
		return err
	}
	if err := d.ask(cmd.Context()); err != nil {
		return err
	}
	settings, err := d.settings()
	if err != nil {
		return err
	}
	added, err := c.AddConnection(cmd.Context(), name, settings)
	if err != nil {
		return remoteError(op, err)
	}
	if err := a.out.write([]byte(terminal.Escape(name) + ": added to the server\n")); err != nil {
		return err
	}
	a.sayWhatIsNextAt(added, &f.remote)
	return nil
}

func (a *app) sayWhatIsNextAt(c *client.Connection, f *remoteFlags) {
	next := command("connection test", c.Name)
	switch c.Grant {
	case "device_code":
		next = command("connect", c.Name)
	case "authorization_code":
		next = "register the redirect URI " + terminal.Escape(c.RedirectURI) + " with the authorization server\n      " + command("connect", c.Name)
	}
	a.out.say("next: %s%s", next, a.serverWords(f))
}

// settings returns the keys of the connection, with its secrets.
func (d *addition) settings() (map[string]any, error) {
	if err := d.needs(); err != nil {
		return nil, err
	}
	entry, err := d.template.Entry(d.name, d.values)
	if err != nil {
		return nil, err
	}
	var file struct {
		Connections map[string]map[string]any `toml:"connections"`
	}
	if _, err := toml.Decode(entry, &file); err != nil {
		return nil, err
	}
	resolved, err := d.app.withSecretsOf(d.op, file.Connections[d.name], d.typed)
	settings, _ := resolved.(map[string]any)
	return settings, err
}

// withSecretsOf returns settings with the secrets that they refer to, as the server takes them:
// {"secret": TEXT}. Those that were typed are found by their placeholders.
func (a *app) withSecretsOf(op string, v any, typed map[string]string) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			resolved, err := a.withSecretsOf(op, v[key], typed)
			if err != nil {
				return nil, err
			}
			out[key] = resolved
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = a.withSecretsOf(op, e, typed); err != nil {
				return nil, err
			}
		}
		return out, nil
	case string:
		if text, ok := typed[v]; ok {
			return map[string]any{"secret": text}, nil
		}
		if !isReference(v) {
			return v, nil
		}
		text, err := a.referredTo(op, v)
		return map[string]any{"secret": text}, err
	}
	return v, nil
}

// referredTo returns the secret that env:NAME or file:PATH names on this machine.
func (a *app) referredTo(op, reference string) (string, error) {
	if name, ok := strings.CutPrefix(reference, "env:"); ok {
		text, _ := a.env.LookupEnv(name)
		if text == "" {
			return "", usageError(op, "environment variable "+name+" is not set", "set "+name+" before starting")
		}
		return text, nil
	}
	path := strings.TrimPrefix(reference, "file:")
	content, err := input.ReadText(path)
	if err != nil {
		return "", err
	}
	text := string(bytes.TrimRight(content, "\r\n"))
	if text == "" {
		return "", usageError("read "+path, "the file is empty", "")
	}
	return text, nil
}

func (a *app) connectionEditCommand() *cobra.Command {
	var set, unset []string
	cmd := &cobra.Command{
		Use:   "edit NAME",
		Short: "Change a connection of a server",
		Long: `Changes keys of a connection that was made on a server. What is not named stays. A secret
does not belong on a command line: --set takes env:NAME or file:PATH for it, which is read
on this machine. If the connection is sent elsewhere, such as to another token_endpoint,
its secrets have to be given again. A connection in an oauth.toml is changed in the file.`,
		Example: `  postern connection edit crm --set client_secret=env:CRM_SECRET --server https://postern.example.com
  postern connection edit crm --set 'scopes:=["read", "write"]' --unset timeout`,
		Args: oneArg("NAME of a connection"),
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "set a key of the connection: `KEY=TEXT`, or KEY:=JSON for other values; repeatable")
	cmd.Flags().StringArrayVar(&unset, "unset", nil, "remove the `KEY`; repeatable")
	f := a.remoteFlags(cmd)
	cmd.ValidArgsFunction = a.completeRemote(f, completedConnections)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		op := "connection edit " + args[0]
		if len(set)+len(unset) == 0 {
			return usageError(op, "nothing to change", "write --set KEY=TEXT or --unset KEY")
		}
		changes, err := a.changes(op, set)
		if err != nil {
			return err
		}
		c, err := a.remote(op, f)
		if err != nil {
			return err
		}
		return a.edit(cmd.Context(), c, args[0], changes, unset)
	}
	return cmd
}

// changes returns the keys that --set changes.
func (a *app) changes(op string, set []string) (map[string]any, error) {
	t := &taskfile.Task{Plain: true}
	for _, assignment := range set {
		name, _, ok := strings.Cut(assignment, "=")
		if !ok {
			return nil, usageError("--set", "is not an assignment", "write KEY=TEXT, or KEY:=JSON for other values") // it may be a secret
		}
		if err := t.Assign("--set", assignment); err != nil {
			return nil, err
		}
		if text, ok := t.Data[name].(string); ok && service.IsSecretKey(name) && !isReference(text) {
			return nil, usageError("--set "+name, "is a secret, which does not belong on a command line", "write env:NAME or file:PATH")
		}
	}
	resolved, err := a.withSecretsOf(op, t.Data, nil)
	changes, _ := resolved.(map[string]any)
	return changes, err
}

func (a *app) edit(ctx context.Context, c *client.Client, name string, changes map[string]any, unset []string) error {
	op := "connection edit " + name
	found, err := c.Connection(ctx, name)
	switch {
	case err != nil:
		return remoteError(op, err)
	case found.Source == "file":
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "connection edit", Name: name, Message: "it is in a file of the server, and cannot be changed here", Hint: "change the file"}
	}
	settings := found.Settings
	for _, key := range unset {
		if settings[key] == nil {
			return usageError("--unset "+terminal.Escape(key), "the connection has no such key", fmt.Sprintf("it has %s", strings.Join(slices.Sorted(maps.Keys(settings)), ", ")))
		}
		delete(settings, key)
	}
	maps.Copy(settings, changes)
	if _, err := c.IfMatch(found.ETag).SaveConnection(ctx, name, settings); err != nil {
		return remoteError(op, err)
	}
	return a.out.write([]byte(terminal.Escape(name) + ": changed\n"))
}
