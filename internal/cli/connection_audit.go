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
	var since string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "audit [NAME]",
		Short: "Show the audit trail",
		Long: `Shows the audit trail of the connection NAME and its accounts, or of all connections,
latest first: grants authorized, denied and revoked, tokens renewed and imported, and the
hosts that they were sent to. It contains no token.`,
		Example: `  postern connection audit
  postern connection audit crm --since 2026-01-31 --json
  postern connection audit --since 7d`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			const op = "connection audit"
			filter := store.AuditFilter{Limit: limit}
			if limit < 1 {
				return usageError("--limit", "is not above zero", "")
			}
			var err error
			if filter.Since, err = parseSince(since, nil); err != nil {
				return err
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
			return a.printAudit(events, asJSON)
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "not older than `TIME`: 2006-01-02, 2006-01-02T15:04:05Z, or back from now as in 12h or 7d")
	cmd.Flags().IntVar(&limit, "limit", 1000, "show at most the latest `N`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	a.connectionsFlag(cmd, &paths)
	return cmd
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
