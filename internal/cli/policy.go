package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Explain what the rules allow",
		Long:  "Explains which requests the rules of oauth.toml and of a task allow.",
	}
	a.group(cmd)
	cmd.AddCommand(a.policyExplainCommand())
	return cmd
}

// policyFlags are the flags of the command policy explain.
type policyFlags struct {
	task, method            string
	connections, use, allow []string
	resolve, json           bool
}

func (a *app) policyExplainCommand() *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use:   "explain URL",
		Short: "Print the rule that allows or denies a request",
		Long: `Prints which rule allows a request of a task to URL, where that rule is written, and the
connections whose credentials may be sent there; or why the request is denied, with exit
status 4. Nothing is sent.

The task is that of --task, with --use and --allow as postern run takes them. Without
--task it is a script alone, which may use every connection of the file. Each redirect is
another request. The address of the host is checked when a request dials it; --resolve
looks it up now.`,
		Example: `  postern policy explain https://api.example.com/v1/users
  postern policy explain https://api.example.com/v1/users --method DELETE --task sync.toml
  postern policy explain http://intranet:8080/ --allow intranet:8080 --resolve --json`,
		Args: oneArg("URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.explainPolicy(cmd.Context(), args[0], &f)
			if f.json && p != nil {
				if err != nil {
					p.Error, a.out.brief = report.NewFailure(err, hint), true
				}
				if failed := a.out.writeJSON(p); failed != nil {
					return failed
				}
			} else if p != nil && (err == nil || p.Rule != "") {
				if failed := a.out.write(aligned(p.rows())); failed != nil {
					return failed
				}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.task, "task", "", "the task in `FILE`: a script, task file or add-on")
	flags.StringVar(&f.method, "method", "GET", "`METHOD` of the request")
	flags.StringArrayVar(&f.use, "use", nil, "grant the connection `NAME`, and no others; repeatable")
	flags.StringArrayVar(&f.allow, "allow", nil, "let the task send requests to `RULE`, [METHOD ][scheme://]host[:port][/path]; repeatable")
	flags.BoolVar(&f.resolve, "resolve", false, "look the host up, and check its addresses")
	flags.BoolVar(&f.json, "json", false, "print a JSON object")
	a.connectionsFlag(cmd, &f.connections)
	complete(cmd, "use", completeNames)
	complete(cmd, "task", extensions(taskfile.Extensions()...))
	return cmd
}

// policy is what the rules make of one request.
type policy struct {
	Method    string          `json:"method"`
	URL       string          `json:"url"` // without its query
	Allowed   bool            `json:"allowed"`
	Rule      string          `json:"rule,omitempty"`   // that allows or denies it
	Source    string          `json:"source,omitempty"` // where the rule is written
	Special   bool            `json:"special_addresses"`
	Addresses []netip.Addr    `json:"addresses,omitempty"`   // with --resolve
	Uses      []string        `json:"credentials,omitempty"` // connections that may be used there
	Error     *report.Failure `json:"error,omitempty"`
}

func (p *policy) rows() [][]string {
	request := p.Method + " " + terminal.Escape(p.URL)
	if !p.Allowed {
		return [][]string{{"denied", request}, {"rule", p.Rule}, {"source", p.Source}}
	}
	rows := [][]string{{"allowed", request}}
	if p.Rule == "" {
		rows = append(rows, []string{"rule", "none needed: an IP address in a range of allow in [egress]"})
	} else {
		rows = append(rows, []string{"rule", p.Rule}, []string{"source", terminal.Escape(p.Source)})
	}
	if p.Special {
		rows = append(rows, []string{"addresses", "any, private ones included: the rule names host and port"})
	} else {
		rows = append(rows, []string{"addresses", "public ones, and the ranges of allow in [egress]"})
	}
	if len(p.Addresses) > 0 {
		rows = append(rows, []string{"resolves to", strings.Trim(fmt.Sprint(p.Addresses), "[]")})
	}
	uses := "none"
	if len(p.Uses) > 0 {
		uses = terminal.Escape(strings.Join(p.Uses, ", "))
	}
	return append(rows, []string{"credentials", uses})
}

// source is a list of rules and where it is written.
type source struct {
	where string
	rules []hostapi.Rule
}

// explainPolicy decides about a request. The policy is nil if it did not come to that.
func (a *app) explainPolicy(ctx context.Context, text string, f *policyFlags) (*policy, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, usageError("policy explain", "this is not a URL", "write it as https://api.example.com/v1/users")
	}
	c, err := openConnections(ctx, f.connections, connection.ParseOptions{SkipSecrets: true})
	if err != nil {
		return nil, err
	}
	t, err := a.policyTask(f, c.set)
	if err != nil {
		return nil, err
	}
	own := len(t.Allow) - len(f.allow)
	sources := []source{{"allow in [egress]", c.set.Egress().Allow}, {"allow in " + f.task, t.Allow[:own]}, {"--allow", t.Allow[own:]}}
	p := &policy{Method: strings.ToUpper(f.method), URL: withoutQuery(u)}
	for _, name := range t.Connections {
		d, err := c.set.Describe(name)
		if err != nil {
			return nil, err
		}
		hosts := source{where: "hosts of the connection " + name}
		for _, host := range d.Hosts {
			rule, err := hostapi.ParseRule(host)
			if err != nil {
				return nil, err
			}
			hosts.rules = append(hosts.rules, rule)
			if rule.MatchHost(u) {
				p.Uses = append(p.Uses, name)
			}
		}
		sources = append(sources, hosts)
	}
	var allow []hostapi.Rule
	for _, s := range sources[1:] {
		allow = append(allow, s.rules...)
	}
	client := egress.New(c.set.Egress())
	defer client.Close()
	d, err := client.Decide(ctx, p.Method, u, allow, f.resolve)
	if err != nil {
		p.Uses = nil
		if denial, ok := errors.AsType[*hostapi.DenialError](err); ok && denial.Rule != "" {
			p.Rule, p.Source = denial.Rule, "deny in [egress]"
		}
		return p, err
	}
	p.Allowed, p.Special, p.Addresses = true, d.Special, d.Addrs
	if d.Rule.Host != "" {
		p.Rule = d.Rule.String()
		p.Source = whereIs(p.Rule, sources)
	}
	return p, nil
}

// policyTask returns the connections and rules of the task that the flags describe.
func (a *app) policyTask(f *policyFlags, set *connection.Set) (*taskfile.Task, error) {
	t := &taskfile.Task{Plain: true}
	if f.task != "" {
		var err error
		if t, err = a.taskReader(hostapi.DefaultLimits()).Read(f.task); err != nil {
			return nil, err
		}
	}
	switch {
	case len(f.use) > 0:
		t.Connections = f.use
	case t.Plain:
		t.Connections = set.Names()
	}
	if err := setAllow(t, f.allow); err != nil {
		return nil, err
	}
	return t, checkConnections(t, set)
}

// whereIs returns which source has the rule first.
func whereIs(rule string, sources []source) string {
	for _, s := range sources {
		for _, r := range s.rules {
			if r.String() == rule {
				return s.where
			}
		}
	}
	return ""
}

// withoutQuery returns u without what may be a secret.
func withoutQuery(u *url.URL) string {
	plain := *u
	plain.User, plain.RawQuery, plain.Fragment, plain.RawFragment = nil, "", "", ""
	return plain.String()
}
