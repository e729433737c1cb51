package cli

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/store"
)

func (a *app) storeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Set up and manage the token store",
		Long: "Sets up and manages the store that [store] in oauth.toml names. Its keys have\n" +
			"commands, too: postern keys.",
	}
	cmd.AddCommand(a.storeInitCommand(), a.storeBackupCommand(), a.storeRestoreCommand(), a.storeCopyCommand(), a.storePruneCommand())
	return a.group(cmd)
}

func (a *app) storeBackupCommand() *cobra.Command {
	var paths []string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the store into a new file",
		Long: `Copies the store, as it is at this moment, into a new SQLite file that only its owner may
read, also where the store is in PostgreSQL. The store stays in use meanwhile. Secrets
are encrypted in the copy as well, under the same master key: keep that apart from it. A
refresh token that a server has replaced since is of no use: restore a backup only where
the store itself is lost.`,
		Example: `  postern store backup postern-2026-01-31.db`,
		Args:    oneArg("FILE to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			const op = "store backup"
			s, err := a.storeSession(cmd.Context(), op, paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			if err := s.store.Backup(cmd.Context(), args[0]); err != nil {
				return err
			}
			a.out.say("%s: written; it opens with the master key of the store", terminal.Escape(args[0]))
			return nil
		},
	}
	a.connectionsFlag(cmd, &paths)
	return cmd
}

func (a *app) storeRestoreCommand() *cobra.Command {
	var paths []string
	var ref string
	var replace bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore the store from a backup",
		Long: `Copies what postern store backup has written to FILE into the store, SQLite or
PostgreSQL: all of it, or nothing if that fails. Stop what uses the store first. FILE
itself is not changed, and may be of an older release. Its secrets are encrypted again,
so that the store keeps its own master key.

The store has to be empty, unless --replace is given. A SQLite file that is damaged has
to be moved away first, with its -wal and -shm files.`,
		Example: `  postern store restore postern-2026-01-31.db
  postern store restore postern-2026-01-31.db --replace --key file:old.key`,
		Args:              oneArg("FILE to restore"),
		ValidArgsFunction: extensions("db"),
		RunE: func(cmd *cobra.Command, args []string) error {
			const op = "store restore"
			s, err := a.storeSession(cmd.Context(), op, paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			options := store.RestoreOptions{CopyOptions: store.CopyOptions{Replace: replace}}
			if cmd.Flags().Changed("key") {
				if options.Key, err = a.masterKey(s.storeFile(), ref); err != nil {
					message, hint := explanation(err)
					return usageError("--key", message, hint)
				}
			}
			return a.copyStore(cmd.Context(), op, args[0]+": restored", &options.CopyOptions, func(ctx context.Context) (store.Copied, error) {
				return s.store.Restore(ctx, args[0], options)
			})
		},
	}
	cmd.Flags().StringVar(&ref, "key", "", "the master key of FILE is that of `REF`, env:NAME or file:PATH (default: that of the store)")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace all that the store has")
	a.connectionsFlag(cmd, &paths)
	return cmd
}

func (a *app) storeCopyCommand() *cobra.Command {
	var paths []string
	var to, ref string
	var replace bool
	cmd := &cobra.Command{
		Use:   "copy --to URL",
		Short: "Copy the store into another database",
		Long: `Copies all that the store has into another database, such as from SQLite to PostgreSQL:
tokens, deleted connections, and the audit trail; all of it, or nothing if that fails.
Secrets are encrypted again under keys of the other store. Stop what uses the store first:
a refresh token may be valid only once. Then change [store] in oauth.toml.

URL is sqlite:PATH or postgres://…, or env:NAME or file:PATH that holds one: a password
does not belong on a command line. Paths are relative to the folder of oauth.toml. The
other store has to be empty, unless --replace is given.`,
		Example: `  postern store copy --to env:DATABASE_URL
  postern store copy --to sqlite:copy.db --to-key file:copy.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			const op = "store copy"
			if to == "" {
				return usageError(op, "no --to given", "write --to sqlite:PATH, or --to env:NAME for a variable that holds a postgres URL")
			}
			s, err := a.storeSession(cmd.Context(), op, paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			config, err := a.otherStore(&s.connections, to, ref)
			if err != nil {
				return err
			}
			other, err := store.Open(cmd.Context(), config)
			if err != nil {
				return err
			}
			defer other.Close() //nolint:errcheck // it was committed by then, or not
			options := store.CopyOptions{Replace: replace}
			err = a.copyStore(cmd.Context(), op, "copied", &options, func(ctx context.Context) (store.Copied, error) {
				return s.store.CopyTo(ctx, other, options)
			})
			if err != nil {
				return err
			}
			changed := "url"
			if ref != "" {
				changed = "url and key"
			}
			a.out.say("next: write the new %s into [store] of %s", changed, terminal.Escape(s.storeFile()))
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "copy into the database at `URL`")
	cmd.Flags().StringVar(&ref, "to-key", "", "its master key is that of `REF`, env:NAME or file:PATH (default: that of the store)")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace all that the other store has")
	a.connectionsFlag(cmd, &paths)
	return cmd
}

// otherStore returns the store that --to and --to-key name, read as oauth.toml reads
// [store].
func (a *app) otherStore(c *connections, to, ref string) (config store.Config, err error) {
	_, key := c.set.Store()
	if ref != "" {
		if config.Key, err = a.masterKey(c.storeFile(), ref); err != nil {
			message, hint := explanation(err)
			return config, usageError("--to-key", message, hint)
		}
	} else if config.Key, err = store.ParseKey(string(key)); err != nil {
		return config, err
	}
	url := to
	if isReference(to) {
		if url, err = a.resolve(c.storeFile(), to); err != nil {
			message, hint := explanation(err)
			return config, usageError("--to", message, hint)
		}
	}
	config.URL = besideFile(strings.TrimSpace(url), c.storeFile())
	return config, nil
}

// copyStore runs a copy and prints its progress, then what was copied.
func (a *app) copyStore(
	ctx context.Context, op, what string, options *store.CopyOptions, run func(ctx context.Context) (store.Copied, error),
) error {
	var done, total atomic.Int64
	options.Progress = func(d, t int) {
		done.Store(int64(d))
		total.Store(int64(t))
	}
	var copied store.Copied
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		copied, err = run(ctx)
	}()
	terminal.NewProgress(a.env.Stderr).Await(context.WithoutCancel(ctx), ended, // which is closed soon after ctx ends
		func() string { return fmt.Sprintf("%s: %d of %d rows", op, done.Load(), total.Load()) })
	if err != nil && ctx.Err() != nil {
		return cancelled(op)
	}
	if err != nil {
		return err
	}
	return a.out.write(fmt.Appendf(nil, "%s: %s, %s, %s\n", terminal.Escape(what),
		report.Plural(copied.Records, "record of tokens", "records of tokens"),
		report.Plural(copied.Definitions, "connection of a server", "connections of a server"), report.Plural(copied.Events, "audit event", "audit events")))
}

func (a *app) storePruneCommand() *cobra.Command {
	var paths []string
	var age string
	cmd := &cobra.Command{
		Use:   "prune --older-than AGE",
		Short: "Delete old events of the audit trail",
		Long: `Deletes the events of the audit trail that are older than AGE: a time back from now, such
as 90d or 12h, or a date. Nothing else is deleted. The audit trail records the deletion.`,
		Example: `  postern store prune --older-than 90d
  postern store prune --older-than 2026-01-31`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			const op = "store prune"
			if age == "" {
				return usageError(op, "no --older-than given", "write --older-than 90d, or a date")
			}
			before, err := parseTime("--older-than", age, time.UTC)
			if err != nil {
				return err
			}
			s, err := a.storeSession(cmd.Context(), op, paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			n, err := s.store.PruneAudit(cmd.Context(), before)
			if err != nil {
				return err
			}
			events := report.Plural(n, "audit event", "audit events")
			until := before.UTC().Format(time.RFC3339)
			if n > 0 {
				err = s.store.Audit(cmd.Context(), connection.AuditEvent{
					Action: connection.ActionPrune, Identity: hostapi.Identity{Actor: username()}, Detail: events + " before " + until,
				})
			}
			if err != nil {
				return err
			}
			return a.out.write([]byte(events + " before " + until + " deleted\n"))
		},
	}
	cmd.Flags().StringVar(&age, "older-than", "", "delete what is older than `AGE`, such as 90d or 2006-01-02")
	a.connectionsFlag(cmd, &paths)
	return cmd
}
