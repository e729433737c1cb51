package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) connectionImportCommand() *cobra.Command {
	var paths []string
	var remote remoteFlags
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Import tokens obtained elsewhere",
		Long: `Stores tokens from the JSON object in FILE, or on stdin if it is -, as those of
connections, which oauth.toml must have:

  {"crm": {"access_token": "…", "refresh_token": "…", "token_type": "Bearer",
           "expires_at": "2026-01-31T12:00:00Z", "scopes": ["read"]}}

NAME#ACCOUNT is one of several accounts. Each entry needs one of the two tokens; without
expires_at the access token is used until an API refuses it. It prints a line for each
connection whose tokens were imported. An invalid entry changes nothing, and the others
are imported.

With --server they are stored by a server, as those of its connections.`,
		Example: `  postern connection import export.json
  decrypt export.age | postern connection import -
  postern connection import export.json --server https://postern.example.com`,
		Args:              oneArg("FILE"),
		ValidArgsFunction: extensions("json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			const op = "connection import"
			var into func(context.Context, string, connection.Imported) error
			if remote.server != "" {
				c, err := a.remoteOnly(cmd, op, &remote)
				if err != nil {
					return err
				}
				into = importRemote(c)
			} else {
				s, err := a.session(cmd.Context(), op, paths)
				if err != nil {
					return err
				}
				defer a.close(cmd.Context(), s)
				if err := s.needStore(op, "", "there is no store to keep the tokens in"); err != nil {
					return err
				}
				into = s.manager.Import
			}
			in, err := readText(cmd.Context(), args[0], a.env.Stdin)
			if err != nil {
				return err
			}
			entries, err := parseImport(in.file, in.content)
			if err != nil {
				return err
			}
			return a.importAll(cmd.Context(), into, in.file, entries)
		},
	}
	a.connectionsFlag(cmd, &paths)
	remote.add(cmd, "store them by the server at `URL`")
	return cmd
}

// importRemote returns what stores tokens by a server.
func importRemote(c *client.Client) func(context.Context, string, connection.Imported) error {
	return func(ctx context.Context, name string, tokens connection.Imported) error {
		err := c.ImportTokens(ctx, name, client.Tokens{
			AccessToken: tokens.AccessToken, RefreshToken: tokens.RefreshToken, TokenType: tokens.TokenType, Expires: tokens.Expiry, Scopes: tokens.Scopes,
		})
		return remoteError("import", err)
	}
}

// importAll stores the entries with a function.
func (a *app) importAll(ctx context.Context, into func(context.Context, string, connection.Imported) error, file string, entries []importEntry) error {
	var errs []error
	taken := make(map[string]bool)
	for _, e := range entries {
		tokens, err := parseImported(e)
		if err == nil && taken[e.name] {
			err = importError(e.name, "is given twice", "remove the duplicate")
		}
		if he, ok := asHost(err); ok {
			he.File = file
		}
		if err == nil {
			err = into(ctx, e.name, tokens)
		}
		if err == nil {
			taken[e.name] = true
			err = a.out.write([]byte(terminal.Escape(e.name) + ": imported\n"))
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(taken) > 0 && file != "stdin" {
		a.out.say("next: remove %s, which holds the tokens in plain text", terminal.Escape(file))
	}
	return errors.Join(errs...)
}

func importError(name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: "import", Name: name, Message: message, Hint: hint}
}

// importEntry is one connection of an export.
type importEntry struct {
	name   string // with its account
	tokens json.RawMessage
}

// parseImport returns the entries of an export in their order. What the JSON
// decoder says is never repeated: it may quote a token.
func parseImport(file string, content []byte) ([]importEntry, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	fail := func(message string) ([]importEntry, error) {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "import", Message: "not an object of tokens by connection" + message, File: file,
			Line: 1 + bytes.Count(content[:min(decoder.InputOffset(), int64(len(content)))], []byte("\n")),
			Hint: `write {"crm": {"access_token": "…"}}; postern connection import --help has all members`,
		}
	}
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return fail("")
	}
	var entries []importEntry
	for decoder.More() {
		key, err := decoder.Token()
		name, ok := key.(string)
		var e importEntry
		if err == nil && ok {
			e.name = name
			err = decoder.Decode(&e.tokens)
		}
		if err != nil || !ok {
			return fail(": it is not valid JSON")
		}
		entries = append(entries, e)
	}
	if _, err := decoder.Token(); err != nil {
		return fail(": it is not valid JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fail(": something follows the object")
	}
	if len(entries) == 0 {
		return fail(": it is empty")
	}
	return entries, nil
}

// parseImported reads an entry. Its errors name the entry and the member.
func parseImported(e importEntry) (tokens connection.Imported, err error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(e.tokens, &members) != nil || members == nil {
		return tokens, importError(e.name, "is not an object", "")
	}
	read := func(member, want string, into any) {
		if v := members[member]; v != nil && json.Unmarshal(v, into) != nil && err == nil {
			err = importError(e.name, member+" is not "+want, "")
		}
		delete(members, member)
	}
	var at string
	read("access_token", "text", &tokens.AccessToken)
	read("refresh_token", "text", &tokens.RefreshToken)
	read("token_type", "text", &tokens.TokenType)
	read("expires_at", "text", &at)
	read("scopes", "a list of strings", &tokens.Scopes)
	tokens.TokenType = cmp.Or(tokens.TokenType, "Bearer")
	if at != "" && err == nil {
		var wrong error
		if tokens.Expiry, wrong = time.Parse(time.RFC3339, at); wrong != nil {
			err = importError(e.name, "expires_at is not a time", "write it as 2006-01-02T15:04:05Z")
		}
	}
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if key := keyOfClient(member); key != "" && err == nil {
			err = importError(e.name, "has "+member+", which is not a token",
				fmt.Sprintf(`%s belongs in oauth.toml, as %s: leave it out here`, member, key))
		}
	}
	if len(members) > 0 && err == nil {
		const known = "the members are access_token, refresh_token, token_type, expires_at, scopes"
		err = importError(e.name, "has an unknown member"+memberName(slices.Sorted(maps.Keys(members))[0]), known)
	}
	return tokens, err
}

// keyOfClient returns the key of oauth.toml for a member that exports have of the client,
// "" if the member is not one of those.
func keyOfClient(member string) string {
	switch member {
	case "client_id", "consumer_key", "app_id", "application_id", "api_key":
		return `client_id = "…"`
	case "client_secret", "consumer_secret", "app_secret", "application_secret", "api_secret":
		return `client_secret = "env:NAME"`
	}
	return ""
}

// memberName returns the name of a member for an error, if it looks like one: in a
// file of another form it may be a token.
func memberName(name string) string {
	const most = 40
	if len(name) > most || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return ": " + name
}
