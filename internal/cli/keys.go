package cli

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/spf13/cobra"
)

func (a *app) keysVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make and change the keys of the store",
		Long:  "Makes and changes the keys that encrypt what the store of an oauth.toml holds.",
	}
	cmd.AddCommand(a.keysNewVerb(), a.keysRotateVerb())
	return a.group(cmd)
}

func (a *app) keysNewVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "new",
		Short: "Print a new key for a store",
		Long: "Prints 32 random bytes in base64: a key for [store]. Keep it where only the programs\n" +
			"that use the store can read it. Without it nobody can read what the store holds.",
		Example: "  postern keys new > store.key && chmod 600 store.key",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			key := make([]byte, 32)
			_, _ = rand.Read(key) // never fails
			if isTerminal(a.env.Stdout) {
				a.out.say("this is a secret: whoever has it can read the store")
			}
			return a.out.write([]byte(base64.StdEncoding.EncodeToString(key) + "\n"))
		},
	}
}

func (a *app) keysRotateVerb() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Encrypt the store with a new data key",
		Long: "Makes a new data key and encrypts everything in the store with it. Other processes go\n" +
			"on meanwhile. The old key is dropped by the next rotation. It may be stopped and begun\n" +
			"again at any time.",
		Example: "  postern keys rotate",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := a.needConnections("keys rotate", path, a.withSecrets())
			if err != nil {
				return err
			}
			s, err := a.openSession(cmd.Context(), set, path)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			if s.store == nil {
				return usageError("keys rotate", "there is no store", "the file of connections has no [store]")
			}
			r, err := s.store.RotateKeys(cmd.Context())
			if err != nil {
				return err
			}
			a.out.say("new key %v: %d secrets encrypted with it, %d old keys dropped", r.Key, r.Sealed, r.Dropped)
			return nil
		},
	}
	connectionsFlag(cmd, &path)
	return cmd
}
