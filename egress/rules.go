package egress

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// rules are rules by their Host, so that a request is compared only with those that may
// match its host: there may be thousands of others.
type rules map[string][]rule

// rule is a rule with its position in the list that it is from.
type rule struct {
	hostapi.Rule
	at int
}

// anyHost is the key of rules whose Host is not in the form of [hostapi.ParseRule].
const anyHost = ""

func newRules(list []hostapi.Rule) rules {
	if len(list) == 0 {
		return nil
	}
	byHost := make(rules, len(list))
	for i, r := range list {
		key := r.Host
		if suffix, wild := strings.CutPrefix(key, "*"); wild && !strings.HasPrefix(suffix, ".") {
			key = anyHost
		}
		r.Methods = slices.Clone(r.Methods)
		byHost[key] = append(byHost[key], rule{r, i})
	}
	return byHost
}

// to returns the rules that may match u by its host, in the order of the list.
func (r rules) to(u *url.URL) []rule {
	if len(r) == 0 {
		return nil
	}
	host := hostapi.OriginOf(u).Host
	found := r[host]
	if _, suffix, ok := strings.Cut(host, "."); ok {
		found = joined(found, r["*."+suffix])
	}
	return joined(found, r[anyHost])
}

// joined returns the rules of both lists in order.
func joined(a, b []rule) []rule {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	both := slices.Concat(a, b)
	slices.SortFunc(both, func(x, y rule) int { return cmp.Compare(x.at, y.at) })
	return both
}
