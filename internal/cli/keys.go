package cli

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/store"
)

func (a *app) keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Create and rotate the keys of the store",
		Long: "Creates and rotates the keys of the store: data keys, which encrypt its secrets, and\n" +
			"the master key of [store], which encrypts the data keys.",
	}
	cmd.AddCommand(a.keysNewCommand(), a.keysRotateCommand())
	return a.group(cmd)
}

func (a *app) keysNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new [FILE]",
		Short: "Create a master key",
		Long: `Creates a master key for [store], 32 random bytes in base64, and writes it to the new
file FILE, which only its owner may read, or to stdout. Keep it apart from backups of the
store: they cannot be decrypted without it, and anyone who has it can decrypt them.`,
		Example: `  postern keys new postern.key
  export POSTERN_KEY="$(postern keys new)"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return createKeyFile("keys new", args[0])
			}
			if terminal.Is(a.env.Stdout) {
				a.out.say("this is a secret: anyone who has it and the store can read every token in it")
			}
			return a.out.write(newKeyText())
		},
	}
}

// newKeyText returns a new master key as a file has it.
func newKeyText() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return []byte(base64.StdEncoding.EncodeToString(key) + "\n")
}

// createKeyFile writes a new master key to a file that is not there yet.
func createKeyFile(op, path string) error {
	err := atomicfile.Create(path, newKeyText(), 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return usageError(op+" "+path, "the file exists", "name another; remove it only if no store needs the key in it")
	case err != nil:
		return usageError(op+" "+path, input.Reason(err), "")
	}
	return nil
}

func (a *app) keysRotateCommand() *cobra.Command {
	var paths []string
	var to string
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Re-encrypt the store under a new key",
		Long: `Creates a new data key and re-encrypts every secret in the store under it. The store can
be used meanwhile, and the command run again if it is interrupted. Older keys under which
nothing is encrypted any more are dropped by the next run.

With --to it changes the master key instead, to the one that env:NAME or file:PATH
holds; a path is relative to oauth.toml. From then on the store opens with that key alone:
stop what uses it, and change key of [store] as well.`,
		Example: `  postern keys rotate
  postern keys rotate --to file:new.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			const op = "keys rotate"
			s, err := a.storeSession(cmd.Context(), op, paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			if cmd.Flags().Changed("to") {
				return a.rotateMasterKey(cmd.Context(), s, to)
			}
			return a.rotateKeys(cmd.Context(), s.store)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "change the master key to that of `REF`, env:NAME or file:PATH")
	a.connectionsFlag(cmd, &paths)
	return cmd
}

func (a *app) rotateKeys(ctx context.Context, kept *store.Store) error {
	var done store.Rotation
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		done, err = kept.RotateKeys(ctx)
	}()
	terminal.NewProgress(a.env.Stderr).Await(context.WithoutCancel(ctx), ended, // which is closed soon after ctx ends
		func() string { return "re-encrypting secrets" })
	if ctx.Err() != nil {
		return cancelled("keys rotate")
	}
	if done.Key == 0 {
		return err
	}
	// The rest is re-encrypted even if some secrets could not be decrypted.
	return errors.Join(a.out.write(fmt.Appendf(nil, "data key %d: %s re-encrypted, %s dropped\n",
		done.Key, report.Plural(done.Sealed, "secret", "secrets"), report.Plural(done.Dropped, "older key", "older keys"))), err)
}

func (a *app) rotateMasterKey(ctx context.Context, s *session, to string) error {
	key, err := a.masterKey(s.storeFile(), to)
	if err != nil {
		message, hint := explanation(err)
		return usageError("--to", message, hint)
	}
	_, text := s.set.Store()
	if old, err := store.ParseKey(string(text)); err == nil && slices.Equal(old, key) {
		return usageError("--to", "is the current master key of the store", "postern keys new makes another")
	}
	if err := s.store.RotateMasterKey(ctx, key); err != nil {
		return err
	}
	a.out.say("the store opens with the new master key alone\nnext: write key = %q into [store]", terminal.Escape(to))
	return nil
}

// masterKey returns the key that a reference names, read as the oauth.toml at path
// reads one.
func (a *app) masterKey(path, ref string) ([]byte, error) {
	if !isReference(ref) {
		return nil, usageError("", "is neither env:NAME nor file:PATH", "the key itself does not belong on a command line")
	}
	text, err := a.resolve(path, ref)
	if err != nil {
		return nil, err
	}
	return store.ParseKey(text)
}

// resolve returns the text that a reference names, read as the oauth.toml at path
// reads a secret.
func (a *app) resolve(path, ref string) (string, error) {
	opts := a.withSecrets()
	opts.Dir = filepath.Dir(path)
	set, err := connection.Parse("", storeTable("sqlite:x", ref), opts)
	if err != nil {
		return "", err
	}
	_, text := set.Store()
	return string(text), nil
}
