package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/stricttoml"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/store"
)

func (a *app) storeInitCommand() *cobra.Command {
	var paths []string
	var url, key string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Set up a store: make its key, and write [store] into oauth.toml",
		Long: `Makes a master key in a new file that only its owner may read, creates the store, and
writes [store] at the end of the first oauth.toml, which is created if it is missing.
Nothing that exists is overwritten. Paths are relative to the folder of oauth.toml.

With --key env:NAME no key is made: the variable has to hold one, see postern keys new.`,
		Example: `  postern store init
  postern store init --url env:DATABASE_URL --key env:POSTERN_KEY`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file := defaultConnections
			if len(paths) > 0 {
				file = paths[0]
			}
			return a.initStore(cmd.Context(), file, url, key)
		},
	}
	cmd.Flags().StringVar(&url, "url", "sqlite:postern.db", "the store is at `URL`: sqlite:PATH, postgres://…, or a reference to one")
	cmd.Flags().StringVar(&key, "key", "file:postern.key", "its master key is that of `REF`: env:NAME, or file:PATH for a new file")
	a.connectionsFlag(cmd, &paths)
	return cmd
}

func (a *app) initStore(ctx context.Context, file, url, key string) (err error) {
	const op = "store init"
	text, err := a.withStore(file, url, key)
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(key, "file:"); ok {
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(file), path)
		}
		if err := createKeyFile(op, path); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				_ = os.Remove(path) // nothing was encrypted under it
			}
		}()
	}
	// Whether it can be opened is tried before the file names it.
	opts := a.withSecrets()
	opts.Dir = filepath.Dir(file)
	set, err := connection.Parse("", storeTable(url, key), opts)
	if err != nil {
		message, hint := explanation(err)
		return usageError(op, message, hint)
	}
	config, err := storeConfig(set, file)
	if err != nil {
		return err
	}
	opened, err := store.Open(ctx, config)
	if err != nil {
		return err
	}
	_ = opened.Close() //nolint:contextcheck // nothing was stored
	if err := atomicfile.Write(file, text, 0o600); err != nil {
		return usageError("write "+file, input.Reason(err), "")
	}
	return a.out.write([]byte("[store] added to " + terminal.Escape(file) + ", with key = " + terminal.Escape(key) + "\n"))
}

// withStore returns the text of an oauth.toml with [store] at its end. All that is
// there stays.
func (a *app) withStore(file, url, key string) ([]byte, error) {
	const op = "store init"
	if !isReference(key) {
		return nil, usageError("--key", "is neither env:NAME nor file:PATH", "the key itself does not belong on a command line")
	}
	var text []byte
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		if text, err = input.ReadFile(file); err != nil {
			return nil, err
		}
		if _, err := connection.Parse(file, text, connection.ParseOptions{SkipSecrets: true}); err != nil {
			return nil, err
		}
	}
	want := stricttoml.Values(text)
	if want["store"] != nil {
		return nil, usageError(op, file+" has [store] already", "change it by hand, or postern store copy --to URL")
	}
	table := storeTable(url, key)
	want["store"] = stricttoml.Values(table)["store"]
	if len(text) > 0 {
		if text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		text = append(text, '\n')
	}
	text = append(text, table...)
	if !reflect.DeepEqual(stricttoml.Values(text), want) {
		return nil, usageError(op, "[store] cannot be written at the end of "+file, "write it by hand")
	}
	return text, nil
}

// storeTable returns [store] as an oauth.toml has it.
func storeTable(url, key string) []byte {
	quote := func(text string) string {
		quoted, err := report.Marshal(text, "") // a text of JSON is one of TOML
		if err != nil {
			return `""` // never: text always is JSON
		}
		return string(quoted)
	}
	return fmt.Appendf(nil, "[store]\nurl = %s\nkey = %s\n", quote(url), quote(key))
}
