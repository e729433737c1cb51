package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
)

// addonHelp makes --help describe the add-on that is named with it. Otherwise it prints
// the help of the command.
func (a *app) addonHelp(cmd *cobra.Command) {
	general := cmd.HelpFunc()
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		for _, path := range args {
			if strings.HasPrefix(path, "-") || taskfile.Extension(path) != "xml" {
				continue
			}
			content, err := input.ReadText(path)
			if err != nil {
				a.out.fail(err)
				return
			}
			definition, err := addon.Parse(path, content)
			if err != nil {
				a.out.mayShow(path, content)
				a.out.fail(err)
				return
			}
			_ = a.out.write([]byte(helpOf(definition))) // a failure to write cannot be reported
			return
		}
		general(cmd, args)
	})
}

// helpOf describes an add-on and its settings.
func helpOf(d *addon.Definition) string {
	var b strings.Builder
	paragraph := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			b.WriteString(terminal.EscapeBut(text, "\n") + "\n\n")
		}
	}
	paragraph(d.Label.In("en"))
	paragraph(d.Summary.In("en"))
	paragraph(kindOfAddon(d))
	if url := d.HelpPageURL.In("en"); url != "" {
		paragraph("Help: " + url)
	}
	if len(d.Configs) == 0 {
		b.WriteString("It has no settings.\n")
	} else {
		b.WriteString("Settings, as --config NAME=VALUE:\n")
	}
	for i := range d.Configs {
		b.WriteString(helpOfConfig(&d.Configs[i]))
	}
	return b.String() + "\n'postern run --help' lists the flags.\n"
}

func kindOfAddon(d *addon.Definition) string {
	kind := map[addon.Type]string{
		addon.ServiceTask:       "A step of a workflow.",
		addon.StartEvent:        "A start event that lists items: see --limit and --since.",
		addon.StartEventTimer:   "A start event that lists items: see --limit.",
		addon.StartEventWebhook: "A start event for HTTP requests: see --body and --header.",
	}[d.Type]
	if d.Deprecated {
		kind += " Deprecated."
	}
	return kind
}

// helpOfConfig describes a setting: its name, what it takes, and its label.
func helpOfConfig(c *addon.Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s  %s", terminal.Escape(c.Name), terminal.Escape(valueOf(c)))
	for _, note := range []struct {
		holds bool
		text  string
	}{
		{c.Required, "required"},
		{c.DependsOn != "", "only with " + c.DependsOn},
		{c.EL, "#{…} is an expression"},
		{c.Deprecated, "deprecated"},
	} {
		if note.holds {
			b.WriteString(", " + terminal.Escape(note.text))
		}
	}
	b.WriteString("\n")
	if label := strings.TrimSpace(c.Label.In("en")); label != "" {
		b.WriteString("      " + terminal.Escape(label) + "\n")
	}
	for _, item := range c.Items {
		text := item.Value
		if label := item.Label.In("en"); label != item.Value && label != "" {
			text += "  " + label
		}
		b.WriteString("        " + terminal.Escape(text) + "\n")
	}
	return b.String()
}

// valueOf says what a setting takes.
func valueOf(c *addon.Config) string {
	text := map[addon.FormType]string{
		addon.FormTextfield: "text of one line", addon.FormTextarea: "text", addon.FormToggle: "true or false",
		addon.FormSelect: "the variable name of a data item", addon.FormSelectItem: "one of the values below",
		addon.FormSelectSubData: "the variable name of a column of " + c.DependsOn, addon.FormOAuth2: "the name of a connection (" + string(c.AuthType) + ")",
		addon.FormUser: "the id or email address of a user", addon.FormGroup: "the id or name of a group",
	}[c.FormType]
	if c.FormType == addon.FormSelect && c.SelectDataType != "" {
		text += " (" + c.SelectDataType + ")"
	}
	if c.Editable {
		text += ", or any text"
	}
	return text
}
