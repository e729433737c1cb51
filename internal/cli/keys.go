package cli

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/store"
)

func (a *app) keysVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make and change the keys of the store",
		Long: "Makes and changes the keys that encrypt what the store holds: data keys, which seal\n" +
			"its secrets, and the master key of [store], which seals those.",
	}
	cmd.AddCommand(a.keysNewVerb(), a.keysRotateVerb())
	return a.group(cmd)
}

func (a *app) keysNewVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "new",
		Short: "Print a new master key",
		Long: `Prints a new master key for [store]: 32 random bytes in base64. Keep it where only you
can read it, and apart from backups of the store: without it they are of no use, and with
it they are no secret.`,
		Example: `  (umask 077; postern keys new > postern.key)
  export POSTERN_KEY="$(postern keys new)"`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if isTerminal(a.env.Stdout) {
				a.out.say("this is a secret: whoever has it and the store has every token in it")
			}
			key := make([]byte, 32)
			_, _ = rand.Read(key) // never fails
			return a.out.write([]byte(base64.StdEncoding.EncodeToString(key) + "\n"))
		},
	}
}

func (a *app) keysRotateVerb() *cobra.Command {
	var paths []string
	var to string
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Seal what the store holds under a new key",
		Long: `Makes a new data key and seals every secret in the store again under it. Others may go
on using the store meanwhile; where it is interrupted it can be run again. Older keys
that nothing is sealed under any more are dropped by the next run.

With --to it changes the master key instead, to the one that env:NAME or file:PATH
holds, the path seen from the folder of the file of connections. From then on the store
opens with that key alone: stop what uses it, and change key of [store] as well.`,
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
	p := a.progress()
	await(context.WithoutCancel(ctx), ended, func() { p.show("sealing secrets again") }) // it ends with ctx by itself
	p.clear()
	if ctx.Err() != nil {
		return cancelled("keys rotate")
	}
	if done.Key == 0 {
		return err
	}
	// What could not be decrypted does not keep it from the rest.
	return errors.Join(a.out.write(fmt.Appendf(nil, "data key %d: %s sealed again, %s dropped\n",
		done.Key, plural(done.Sealed, "secret", "secrets"), plural(done.Dropped, "older key", "older keys"))), err)
}

func (a *app) rotateMasterKey(ctx context.Context, s *session, to string) error {
	key, err := a.masterKey(s.storeFile(), to)
	if err != nil {
		message, hint := explanation(err)
		return usageError("--to", message, hint)
	}
	_, text := s.set.Store()
	if old, err := store.ParseKey(string(text)); err == nil && slices.Equal(old, key) {
		return usageError("--to", "is the master key that the store has", "postern keys new makes another")
	}
	if err := s.store.RotateMasterKey(ctx, key); err != nil {
		return err
	}
	a.out.say("the store opens with the new master key alone\nnext: write key = %q into [store]", escape(to))
	return nil
}

// masterKey returns the key that a reference names, read as the file of
// connections at path reads one.
func (a *app) masterKey(path, ref string) ([]byte, error) {
	if !strings.HasPrefix(ref, "env:") && !strings.HasPrefix(ref, "file:") {
		return nil, usageError("", "is neither env:NAME nor file:PATH", "the key itself does not belong on a command line")
	}
	text, err := marshal(ref, "") // a text of JSON is one of TOML
	if err != nil {
		return nil, err
	}
	opts := a.withSecrets()
	opts.Dir = filepath.Dir(path)
	set, err := connection.Parse("", fmt.Appendf(nil, "[store]\nurl = \"sqlite:x\"\nkey = %s\n", text), opts)
	if err != nil {
		return nil, err
	}
	_, key := set.Store()
	return store.ParseKey(string(key))
}
