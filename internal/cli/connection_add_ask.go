package cli

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/template"
	"github.com/postern-dev/postern/internal/terminal"
)

// ask asks for what is missing, at a terminal.
func (d *addition) ask(ctx context.Context) error {
	if len(d.template.Missing(d.values)) == 0 || !terminal.Is(d.app.env.Stdin) {
		return nil
	}
	return d.interview(ctx)
}

// interview asks for the variables that --set does not have. After an invalid reply it
// prints why and asks again; earlier replies are kept.
func (d *addition) interview(ctx context.Context) error {
	asked := slices.DeleteFunc(slices.Clone(d.template.Variables), func(v template.Variable) bool {
		_, given := d.values[v.Name]
		return given
	})
	for _, v := range asked {
		if s := d.secretFile(v, ""); v.Hidden && d.typed == nil { // reported before anything is typed, which would be lost
			if _, err := os.Lstat(s.path); err == nil {
				return secretExists(s)
			}
		}
	}
	q := d.app.prompt(d.op)
	d.app.out.say("%s", terminal.Escape(d.template.Title))
	for _, v := range asked {
		if d.template.Replaced(v, d.values) {
			continue
		}
		if err := d.question(ctx, q, v); err != nil {
			return err
		}
	}
	for { // each is valid alone: are they together?
		err := d.template.Check(ctx, d.name, d.values, connection.ParseOptions{SkipSecrets: true})
		i := slices.IndexFunc(asked, func(v template.Variable) bool { return d.concerns(err, v) })
		if err == nil || i < 0 {
			return err
		}
		d.app.out.explain(ofVariable(asked[i], err))
		if err := d.question(ctx, q, asked[i]); err != nil {
			return err
		}
	}
}

// question asks for the value of one variable until it is valid.
func (d *addition) question(ctx context.Context, q *terminal.Prompt, v template.Variable) error {
	for {
		text, more, err := askVariable(ctx, q, v)
		switch {
		case err != nil:
			return err
		case !more && len(d.template.Missing(d.values)) > 0:
			return d.needs()
		case !more:
			return d.app.nothingChanged()
		}
		if err = d.wrong(ctx, v, cmp.Or(text, v.Default)); err == nil {
			d.take(v, cmp.Or(text, v.Default))
			return nil
		}
		d.app.out.explain(err)
	}
}

// askVariable asks for the value of one variable once.
func askVariable(ctx context.Context, q *terminal.Prompt, v template.Variable) (string, bool, error) {
	question := v.Label
	if v.Description != "" {
		question += " (" + v.Description + ")"
	}
	if v.Default != "" {
		question += " [" + v.Default + "]"
	} else if !v.Required {
		question += " [none]"
	}
	question = terminal.Escape(question) + ": "
	if v.Hidden {
		return q.Hidden(ctx, question)
	}
	text, more, err := q.Line(ctx, question)
	return strings.TrimSpace(text), more, err
}

// wrong returns what is wrong with the value of a variable, nil if nothing is. A secret
// that the user typed is checked as well, and never shown.
func (d *addition) wrong(ctx context.Context, v template.Variable, text string) error {
	if text == "" {
		if v.Required {
			return usageError(v.Name, "needs a value", "Ctrl-C ends without a change")
		}
		return nil
	}
	const typed = "TYPED"
	opts := connection.ParseOptions{SkipSecrets: true}
	values := maps.Clone(d.values)
	if v.Hidden && !isReference(text) {
		secret := text
		opts = connection.ParseOptions{LookupEnv: func(name string) (string, bool) {
			if name == typed {
				return secret, true
			}
			return "sample", true
		}}
		for _, other := range d.template.Variables {
			if other.Hidden && values[other.Name] != "" {
				values[other.Name] = "env:OTHER" // it may be in no file yet
			}
		}
		text = "env:" + typed
	}
	values[v.Name] = text
	if err := d.template.Check(ctx, d.name, values, opts); d.concerns(err, v) {
		return ofVariable(v, err)
	}
	return nil
}

// concerns reports whether the error is about a key whose value is, or contains, the variable.
func (d *addition) concerns(err error, v template.Variable) bool {
	e, ok := asHost(err)
	return ok && slices.Contains(d.template.VariablesOf(e.Name), v.Name)
}

// ofVariable returns the error as that of the reply to a question.
func ofVariable(v template.Variable, err error) error {
	message, hint := explanation(err)
	return usageError(v.Name, message, hint)
}

// take takes the reply to a question. A secret itself goes into a file, or to the server.
func (d *addition) take(v template.Variable, text string) {
	if v.Hidden && d.typed != nil && text != "" && !isReference(text) {
		placeholder := "env:TYPED_" + strconv.Itoa(len(d.typed))
		d.typed[placeholder] = text
		d.values[v.Name] = placeholder
		return
	}
	d.secrets = slices.DeleteFunc(d.secrets, func(s secretFile) bool { return s.variable == v.Name })
	if v.Hidden && text != "" && !isReference(text) {
		s := d.secretFile(v, text)
		d.secrets = append(d.secrets, s)
		text = "file:" + filepath.Base(s.path)
	}
	d.values[v.Name] = text
}
