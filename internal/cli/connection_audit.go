package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/store"
)

func (a *app) connectionAuditCommand() *cobra.Command {
	var paths []string
	var f auditFlags
	var remote remoteFlags
	cmd := &cobra.Command{
		Use:   "audit [NAME]",
		Short: "Show the audit trail",
		Long: `Shows the audit trail of the connection NAME and its accounts, or of all connections,
latest first: grants authorized, denied and revoked, tokens renewed and imported, and the
hosts that they were sent to. It contains no token.

With --server it is the audit trail of a server, which also has what was done with tasks,
schedules, API clients and users.`,
		Example: `  postern connection audit
  postern connection audit crm --since 2026-01-31 --json
  postern connection audit --since 7d --actor ada
  postern connection audit --action delete_task --server https://postern.example.com`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeConnections(&remote),
		RunE: func(cmd *cobra.Command, args []string) error {
			const op = "connection audit"
			filter, err := f.filter()
			if err != nil {
				return err
			}
			if remote.server != "" {
				return a.auditRemote(cmd, &remote, args, filter, f.json)
			}
			s, err := a.session(cmd.Context(), op, paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			name := ""
			if len(args) > 0 {
				if _, err := s.set.Describe(args[0]); err != nil {
					return err
				}
				name = args[0]
				key := keyOf(name)
				filter.Connection, filter.Account = key.Connection, key.Account
			}
			if err := s.needStore(op, name, "there is no store"); err != nil {
				return err
			}
			filter.Namespace = s.set.StoreOptions().Namespace
			events, err := s.store.AuditTrail(cmd.Context(), filter)
			if err != nil {
				return err
			}
			return a.printAudit(events, f.json)
		},
	}
	const times = " `TIME`: 2006-01-02, 2006-01-02T15:04:05Z, or back from now as in 12h or 7d"
	cmd.Flags().StringVar(&f.since, "since", "", "not older than"+times)
	cmd.Flags().StringVar(&f.until, "until", "", "older than"+times)
	cmd.Flags().StringVar(&f.actor, "actor", "", "those of actors with `TEXT` in them")
	cmd.Flags().StringVar(&f.action, "action", "", "those with the `ACTION`, such as revoke")
	cmd.Flags().StringVar(&f.text, "search", "", "those with `TEXT` in the connection, the task or the detail")
	cmd.Flags().IntVar(&f.limit, "limit", 1000, "show at most the latest `N`")
	cmd.Flags().BoolVar(&f.json, "json", false, "print a JSON array")
	a.connectionsFlag(cmd, &paths)
	remote.add(cmd, remoteConnectionUsage)
	return cmd
}

// auditFlags are the flags of the command connection audit.
type auditFlags struct {
	since, until, actor, action, text string
	limit                             int
	json                              bool
}

func (f *auditFlags) filter() (store.AuditFilter, error) {
	filter := store.AuditFilter{Actor: f.actor, Action: connection.Action(f.action), Name: f.text, Limit: f.limit}
	if f.limit < 1 {
		return filter, usageError("--limit", "is not above zero", "")
	}
	var err error
	if filter.Since, err = parseSince(f.since, nil); err == nil && f.until != "" {
		filter.Before, err = parseZoned("--until", f.until, nil)
	}
	return filter, err
}

// auditRow is an event as it is printed.
type auditRow struct {
	Time       time.Time         `json:"time"`
	Action     connection.Action `json:"action"`
	Connection string            `json:"connection"`
	Account    string            `json:"account,omitempty"`
	hostapi.Identity
	Detail string `json:"detail,omitempty"`
}

func (a *app) printAudit(events []connection.AuditEvent, asJSON bool) error {
	list := []auditRow{}
	rows := [][]string{{"TIME", "ACTION", "CONNECTION", "ACTOR", "DETAIL"}}
	for _, e := range events {
		list = append(list, auditRow{e.Time.UTC(), e.Action, e.Key.Connection, e.Key.Account, e.Identity, e.Detail})
		name := nameOf(e.Key)
		rows = append(rows, []string{
			e.Time.UTC().Format(time.RFC3339), terminal.Escape(string(e.Action)), terminal.Escape(orDash(name)), terminal.Escape(e.Identity.Actor), terminal.Escape(orDash(e.Detail)),
		})
	}
	if asJSON {
		return a.out.writeJSON(list)
	}
	return a.out.write(aligned(rows))
}
