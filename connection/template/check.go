package template

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Check returns what is wrong with the connection of that name that the values make;
// nil if nothing is. Required variables without a value are assumed to have a valid
// one. Secrets are resolved as opts says, with ctx, or skipped with SkipSecrets. The Name of
// the error is the wrong key, see [Template.VariablesOf].
func (t *Template) Check(ctx context.Context, name string, values map[string]string, opts connection.ParseOptions) error {
	filled := maps.Clone(values)
	if filled == nil {
		filled = make(map[string]string)
	}
	for _, v := range t.Missing(values) {
		filled[v.Name] = v.sample()
	}
	text, err := t.Entry(name, filled)
	if err != nil {
		return err
	}
	set, err := connection.Parse("", []byte(text), opts)
	if err == nil && !opts.SkipSecrets {
		err = set.CheckSecrets(ctx)
	}
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return err
	}
	wrong := *e
	wrong.Line, wrong.Column = 0, 0 // of a text that is not in a file
	for _, s := range t.settings {
		if strings.HasSuffix(wrong.Op, "\" "+s.key) { // a parameter of token_params, for example
			wrong.Name = s.key
		}
	}
	return &wrong
}

// VariablesOf returns the names of the variables that determine the value of a key: the
// one with the name of the key, or those used in its value.
func (t *Template) VariablesOf(key string) []string {
	var names []string
	for _, v := range t.Variables {
		if v.Name == key || !v.isKey() && slices.Contains(t.placesOf(v.Name), key) {
			names = append(names, v.Name)
		}
	}
	return names
}

// sample returns a valid value of the variable.
func (v *Variable) sample() string {
	switch {
	case v.Default != "":
		return v.Default
	case v.Hidden:
		return "env:SAMPLE"
	case strings.HasSuffix(v.Name, "_endpoint"), v.Name == "issuer", v.Name == "resource", v.Name == "redirect_uri":
		return "https://example.com"
	case v.Name == "hosts":
		return "example.com"
	}
	return "sample"
}

// try makes connections with sample values, one with every variable set and one with
// only the required ones. What is wrong with them is a mistake of the template, unless
// a sample is wrong.
func (t *Template) try(settings *stricttoml.Table) {
	all := make(map[string]string)
	for _, v := range t.Variables {
		if v.Default == "" && !t.Replaced(v, all) {
			all[v.Name] = v.sample()
		}
	}
	for _, values := range []map[string]string{all, nil} {
		e, ok := errors.AsType[*hostapi.Error](t.Check(context.Background(), "sample", values, connection.ParseOptions{SkipSecrets: true})) //nolint:contextcheck,nolintlint // without secrets, nothing is looked up
		switch {
		case !ok:
			continue
		case settings.Has(e.Name):
			settings.Fail(e.Name, e.Message, e.Hint)
		case !slices.Contains(t.names(), e.Name):
			settings.Fail("", e.Name+" "+e.Message, e.Hint)
		}
		return
	}
}
