package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/terminal"
)

// remoteFlags say which server a command uses. The token is not a flag: other users of the
// machine can read these.
type remoteFlags struct {
	server, tokenFile string
}

func (a *app) remoteFlags(cmd *cobra.Command) *remoteFlags {
	f := new(remoteFlags)
	f.add(cmd, "use the server at `URL` (default $POSTERN_SERVER)")
	return f
}

func (f *remoteFlags) add(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&f.server, "server", "", usage)
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "the access token of the server is in `FILE` (default: it is $POSTERN_TOKEN)")
}

// remote returns a client of the server.
func (a *app) remote(op string, f *remoteFlags) (*client.Client, error) {
	address := cmp.Or(f.server, a.env.variable("POSTERN_SERVER"))
	if address == "" {
		return nil, usageError(op, "no server given", "name it with --server URL, or in $POSTERN_SERVER")
	}
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "http" && !hostapi.IsLoopback(u.Hostname()) {
		return nil, usageError("--server", "http would show the token to the network", "write https://"+u.Host)
	}
	token := a.env.variable("POSTERN_TOKEN")
	if f.tokenFile != "" {
		content, err := input.ReadText(f.tokenFile)
		if err != nil {
			return nil, err
		}
		token = string(bytes.TrimSpace(content))
	}
	if token == "" {
		return nil, usageError(op, "no access token given", "put it into $POSTERN_TOKEN, or into a file and write --token-file FILE; postern user token makes one")
	}
	c, err := client.New(client.Config{URL: address, Token: func(context.Context) (string, error) { return token, nil }})
	if err != nil {
		return nil, usageError("--server", "is not the URL of a server", "write it as https://postern.example.com")
	}
	return c, nil
}

// maxCompletions is how many completions a server is asked for.
const maxCompletions = 50

// completeRemote completes the first argument to what the server has.
func (a *app) completeRemote(f *remoteFlags, list func(ctx context.Context, c *client.Client) iter.Seq2[cobra.Completion, error]) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		c, err := a.remote("complete", f)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var completions []cobra.Completion
		for completion, err := range list(cmd.Context(), c) {
			if err != nil || len(completions) == maxCompletions {
				break
			}
			completions = append(completions, completion)
		}
		return completions, cobra.ShellCompDirectiveNoFileComp
	}
}

// mapped returns a list of completions, one for each element.
func mapped[T any](list iter.Seq2[*T, error], f func(*T) cobra.Completion) iter.Seq2[cobra.Completion, error] {
	return func(yield func(cobra.Completion, error) bool) {
		for v, err := range list {
			if err != nil {
				yield("", err)
				return
			}
			if !yield(f(v), nil) {
				return
			}
		}
	}
}

func completedTasks(ctx context.Context, c *client.Client) iter.Seq2[cobra.Completion, error] {
	return mapped(c.Tasks(ctx, ""), func(t *client.Task) cobra.Completion { return t.Name })
}

func completedRuns(ctx context.Context, c *client.Client) iter.Seq2[cobra.Completion, error] {
	return mapped(c.Runs(ctx, client.RunFilter{}), func(r *client.Run) cobra.Completion {
		return cobra.CompletionWithDesc(r.ID, terminal.Escape(r.Task)+", "+r.State)
	})
}

func completedSchedules(ctx context.Context, c *client.Client) iter.Seq2[cobra.Completion, error] {
	return mapped(c.Schedules(ctx), func(s *client.Schedule) cobra.Completion {
		return cobra.CompletionWithDesc(s.ID, terminal.Escape(s.Name))
	})
}

// remoteError returns an error of a server in the words of this command.
func remoteError(op string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		out := &hostapi.Error{Code: remoteCode(e), Op: op, Message: cmp.Or(e.Detail, e.Title), Hint: e.Hint}
		var more []string
		for _, f := range e.Errors {
			more = append(more, strings.TrimPrefix(f.Location+": ", ": ")+f.Message)
		}
		if len(more) > 0 {
			out.Message += ": " + strings.Join(more, "; ")
		}
		if e.Status == http.StatusUnauthorized {
			out.Hint = "give another token in $POSTERN_TOKEN or --token-file; postern user token makes one"
		}
		errs := []error{out}
		for i, f := range e.Causes {
			cause := failureOf(&f)
			if i == 0 {
				errs = nil
			}
			errs = append(errs, cause)
		}
		return errors.Join(errs...)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return &hostapi.Error{Code: hostapi.CodeNetwork, Op: op, Message: e.Err.Error(), Hint: "is the server running, and is its URL right?"}
	}
	return err
}

func remoteCode(e *client.Error) hostapi.Code {
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return hostapi.CodeDenied
	case e.Code == string(hostapi.CodeUnknownConnection):
		return hostapi.CodeUnknownConnection
	case e.Status == http.StatusNotFound || e.Code == "" && e.Status == http.StatusUnprocessableEntity || e.Code == string(hostapi.CodeInvalidArgument):
		return hostapi.CodeConfig
	case e.Code == "unavailable":
		return hostapi.CodeNetwork
	case e.Code != "":
		return hostapi.Code(e.Code)
	case e.Status == http.StatusServiceUnavailable:
		return hostapi.CodeOverloaded
	}
	return hostapi.CodeNetwork
}

// failureOf returns the error of a run as it was on the server.
func failureOf(f *client.Failure) *hostapi.Error {
	return &hostapi.Error{Code: hostapi.Code(f.Code), Message: f.Message, Hint: f.Hint, File: f.File, Line: f.Line, Column: f.Column}
}
