package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/terminal"
)

// playgroundURL is the environment variable that tells a command started by
// the playground where it is.
const playgroundURL = "POSTERN_PLAYGROUND_URL"

// playgroundMark begins every file that --write-config writes. A file that does
// not begin with it belongs to the user and is not overwritten.
const playgroundMark = "# Written by postern playground, and overwritten by it.\n"

func (a *app) playgroundCommand() *cobra.Command {
	var listen, config string
	cmd := &cobra.Command{
		Use:   "playground [flags] [-- COMMAND [ARG…]]",
		Short: "Serve a token endpoint and an API on loopback, to try things out",
		Long: `Serves an OAuth token endpoint and a small API that needs its tokens, on a loopback
address. It prints their URLs and an oauth.toml for them.

It runs until Ctrl-C. With a COMMAND it runs that, with ` + playgroundURL + ` in
its environment, and ends with its exit status.`,
		Example: `  postern playground
  postern playground --write-config oauth.toml
  postern playground --listen 127.0.0.1:0 -- sh -c 'curl $` + playgroundURL + `/api/items'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.playground(cmd.Context(), listen, config, args)
		},
	}
	cmd.Flags().SetInterspersed(false) // flags after COMMAND are its own
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8085", "loopback `ADDRESS` to listen on; port 0 takes a free one")
	cmd.Flags().StringVar(&config, "write-config", "", "write the oauth.toml to `FILE` instead of printing it")
	complete(cmd, "write-config", extensions("toml"))
	return cmd
}

func (a *app) playground(ctx context.Context, listen, config string, command []string) error {
	server, err := connectiontest.Start(listen, &connectiontest.Provider{})
	if err != nil {
		if e, ok := asHost(err); ok && e.Hint != "" {
			e.Hint += "; --listen says where"
		}
		return err
	}
	defer server.Close() //nolint:errcheck // the process ends
	if config != "" {
		if err := writePlaygroundConfig(config, server.OAuthTOML()); err != nil {
			return err
		}
	}
	if len(command) > 0 {
		a.out.say("playground: %s", server.URL)
		return a.runProgram(ctx, command, server.URL)
	}
	a.out.say(`playground: %s

  GET  /authorize  agrees as alice at once
  POST /device     begins a device code grant; alice agrees at GET /device?user_code=CODE
  POST /token      every grant; client demo, secret demo-secret; user alice, password wonderland
  POST /revoke     ends a token; /introspect describes one
  ANY  /api/echo   returns what it was sent, to a bearer token
  GET  /api/items  returns three items, to a bearer token; demo-token always works
  ANY  /redirect   redirects: ?to=URL&status=302
`, server.URL)
	if config != "" {
		a.out.say("Its oauth.toml is in %s. Ctrl-C ends it.", terminal.Escape(config))
	} else {
		a.out.say("This oauth.toml goes with it. Ctrl-C ends it.\n")
		if err := a.out.write([]byte(server.OAuthTOML())); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

func writePlaygroundConfig(path, config string) error {
	fail := func(err error) error {
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "write", Name: path, Message: input.Reason(err)}
	}
	old, err := input.Read(path, input.MaxFile)
	if err == nil && !bytes.HasPrefix(old, []byte(playgroundMark)) {
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "write", Name: path, Message: "the file exists and is not the playground's",
			Hint: "name another file with --write-config",
		}
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fail(err)
	}
	if err := atomicfile.WriteMode(path, []byte(playgroundMark+config), 0o600); err != nil {
		return fail(err)
	}
	return nil
}

// runProgram runs a command beside the playground. When ctx ends it is
// interrupted, and killed if that does not help.
func (a *app) runProgram(ctx context.Context, command []string, url string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the user's own command
	cmd.Env = append(cmd.Environ(), playgroundURL+"="+url)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.env.Stdin, a.env.Stdout, a.env.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return statusError(statusLimit)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if code := exit.ExitCode(); code > 0 {
			return statusError(code)
		}
		return &hostapi.Error{Code: hostapi.CodeScript, Op: "run", Name: command[0], Message: "the command was terminated: " + exit.String()}
	}
	if err != nil {
		message := input.Reason(err)
		if e, ok := errors.AsType[*exec.Error](err); ok {
			message = e.Err.Error()
		}
		return usageError("run", strings.Join([]string{command[0], message}, ": "), "the command comes after --")
	}
	return nil
}
