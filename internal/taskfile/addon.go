package taskfile

import (
	"context"
	"slices"
	"strings"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
)

// InferItems declares the data items that the texts of configs name and that are not
// declared, each with the first type that its config takes.
func (t *Task) InferItems(texts map[string]string) {
	for i := range t.Definition.Configs {
		config := &t.Definition.Configs[i]
		name, named := itemName(config, texts[config.Name])
		if !named {
			continue
		}
		if _, ok := t.Item(name); !ok {
			t.Items = append(t.Items, hostapi.Item{VarName: name, Type: typeOf(config), Columns: t.columnsOf(config, texts)})
		}
	}
}

// itemName returns the variable name of the data item that a text names in a
// config. Where a setting also takes text, variable names begin with q_.
func itemName(config *addon.Config, text string) (string, bool) {
	if config.FormType != addon.FormSelect {
		return "", false
	}
	name, marked := strings.CutPrefix(text, "item:")
	isName := name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !isWord(r) }) && strings.Trim(name, "0123456789") != ""
	return name, isName && (marked || !config.Editable || strings.HasPrefix(name, "q_"))
}

func isWord(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r > 0x7f
}

// typeOf returns the first type of data items that a config takes.
func typeOf(config *addon.Config) hostapi.ItemType {
	first, _, _ := strings.Cut(config.SelectDataType, "|")
	first = strings.TrimSpace(first)
	if t, err := hostapi.ParseItemType(first); err == nil {
		return t
	}
	for _, t := range []hostapi.ItemType{hostapi.TypeTextarea, hostapi.TypeString} {
		if t.Matches(first) {
			return t
		}
	}
	return hostapi.TypeString
}

// columnsOf returns the columns of the table that a config chooses: those that
// other configs name.
func (t *Task) columnsOf(table *addon.Config, texts map[string]string) []hostapi.Column {
	if typeOf(table) != hostapi.TypeList {
		return nil
	}
	var columns []hostapi.Column
	for i := range t.Definition.Configs {
		config := &t.Definition.Configs[i]
		name := texts[config.Name]
		known := slices.ContainsFunc(columns, func(c hostapi.Column) bool { return c.VarName == name })
		if config.FormType == addon.FormSelectSubData && config.DependsOn == table.Name && name != "" && !known {
			columns = append(columns, hostapi.Column{VarName: name, Type: hostapi.TypeString})
		}
	}
	return columns
}

// Configure makes the settings of an add-on from the texts of its configs.
func (t *Task) Configure(ctx context.Context, texts map[string]string, connections []string) error {
	env := addon.Environment{Items: t.Items, Process: t.Process, Data: t.Data}
	for _, name := range connections {
		env.Connections = append(env.Connections, addon.Connection{Name: name})
	}
	settings, err := t.Definition.Configure(ctx, texts, env)
	t.Settings = settings
	return err
}
