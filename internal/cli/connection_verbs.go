package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// sessionVerb makes a verb that takes the name of a connection and a session.
func (a *app) sessionVerb(cmd *cobra.Command, run func(cmd *cobra.Command, s *session, name string) error) *cobra.Command {
	var path string
	cmd.Args, cmd.ValidArgsFunction = oneArg("NAME of a connection"), completeNames
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := a.needConnections("connection "+cmd.Name(), path, a.withSecrets())
		if err != nil {
			return err
		}
		s, err := a.openSession(cmd.Context(), set, path)
		if err != nil {
			return err
		}
		defer a.close(cmd.Context(), s)
		return run(cmd, s, args[0])
	}
	connectionsFlag(cmd, &path)
	return cmd
}

func (a *app) connectionTestVerb() *cobra.Command {
	return a.sessionVerb(&cobra.Command{
		Use:   "test NAME",
		Short: "Prove a connection at its server",
		Long: "Gets an access token of the connection NAME, renewing it if need be, and asks the\n" +
			"server about it where that has an introspection endpoint (RFC 7662). It says what was\n" +
			"proved, and fails if the server says that the token is not good.",
		Example: "  postern connection test crm",
	}, func(cmd *cobra.Command, s *session, name string) error {
		said, err := s.manager.Introspect(cmd.Context(), name)
		switch {
		case err != nil:
			return err
		case said == nil:
			a.out.say("%s: a token can be had; the server has no introspection endpoint to ask whether it is good", escape(name))
		case !said.Active:
			return &hostapi.Error{
				Code: hostapi.CodeNeedsReauth, Op: "connection test", Name: name, Message: "the server says that its token is not active",
			}
		default:
			a.out.say("%s: the server says that the token is good%s", escape(name), escape(about(said)))
		}
		return nil
	})
}

func about(said *connection.Introspection) string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"scopes", said.Scope}, {"for", said.Username}, {"subject", said.Subject}} {
		if p.value != "" {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func (a *app) connectionRevokeVerb() *cobra.Command {
	var yes bool
	cmd := a.sessionVerb(&cobra.Command{
		Use:   "revoke NAME",
		Short: "Give a connection's grant back",
		Long: "Gives back what the connection NAME holds (RFC 7009), where its server has a\n" +
			"revocation endpoint, and forgets it.",
		Example: "  postern connection revoke crm --yes",
	}, func(cmd *cobra.Command, s *session, name string) error {
		if !yes && !a.confirm("revoke the grant of "+name+"?") {
			return usageError("connection revoke", "nothing was revoked", "say yes, or give --yes")
		}
		revoked, err := s.manager.Revoke(cmd.Context(), name)
		if err != nil {
			return err
		}
		if !revoked {
			a.out.say("%s: forgotten; there was nothing to give back, or nowhere to", escape(name))
			return nil
		}
		a.out.say("%s: revoked and forgotten", escape(name))
		return nil
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// confirm asks a person at a terminal.
func (a *app) confirm(question string) bool {
	if !isTerminal(a.env.Stderr) {
		return false
	}
	_, _ = fmt.Fprintf(a.env.Stderr, "%s [y/N] ", escape(question))
	line, _ := bufio.NewReader(a.env.Stdin).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

func (a *app) connectionImportVerb() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take over tokens that were got elsewhere",
		Long: `Stores tokens that another program got, so that nobody has to give the grant again.
FILE is a JSON object of connections by name, or "-" for standard input:

  {"crm": {"access_token": "…", "refresh_token": "…", "token_type": "Bearer",
           "expires_at": "2026-01-31T12:00:00Z", "scopes": ["read"]}}

NAME#ACCOUNT is one of several accounts. All names must be connections of the file of
connections; otherwise nothing is stored.`,
		Example: "  postern connection import tokens.json",
		Args:    oneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			tokens, err := a.readTokens(args[0])
			if err != nil {
				return err
			}
			set, err := a.needConnections("connection import", path, a.withSecrets())
			if err != nil {
				return err
			}
			s, err := a.openSession(cmd.Context(), set, path)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			if s.store == nil {
				return usageError("connection import", "there is no store to keep the tokens in", "add [store] to the file of connections; postern keys new prints a key")
			}
			for name := range tokens {
				if _, err := set.Describe(name); err != nil {
					return err
				}
			}
			for name, t := range tokens {
				if err := s.manager.Import(cmd.Context(), name, t); err != nil {
					return err
				}
				a.out.say("imported %s", escape(name))
			}
			return nil
		},
	}
	connectionsFlag(cmd, &path)
	return cmd
}

// readTokens reads an export. No error repeats anything of it.
func (a *app) readTokens(path string) (map[string]connection.Imported, error) {
	var content []byte
	var err error
	if path == "-" {
		content, err = io.ReadAll(io.LimitReader(a.env.Stdin, 16<<20))
	} else {
		content, err = readFile(path)
	}
	if err != nil {
		return nil, err
	}
	var tokens map[string]connection.Imported
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&tokens) != nil {
		return nil, usageError("read "+path, "not an object of tokens by connection", "postern connection import --help shows its form")
	}
	return tokens, nil
}
