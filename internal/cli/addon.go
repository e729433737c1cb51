package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// isAddon reports whether the file at path looks like an add-on. One that cannot
// be read does: reading it again tells why.
func isAddon(path string) bool {
	content, err := readFile(path)
	return err != nil || kindOf(path, content) == kindAddon
}

// compileAddon reads an add-on with its tests.
func (s *testSuite) compileAddon(ctx context.Context, engine *runtime.Engine, path string, content []byte) error {
	s.sources[path] = content
	definition, err := addon.Parse(path, content)
	if err != nil {
		return err
	}
	compiled, err := addon.Compile(ctx, engine, definition)
	if err != nil {
		return err
	}
	s.suite, _, err = compiled.Suite(ctx)
	return err
}

// parseAddon reads an add-on as a task.
func (a *app) parseAddon(path string, content []byte) (*task, error) {
	a.out.mayShow(path, content)
	definition, err := addon.Parse(path, content)
	if err != nil {
		return nil, err
	}
	for _, warning := range definition.Warnings {
		a.out.warn(warning)
	}
	return &task{script: path, definition: definition, items: []hostapi.Item{}}, nil
}

// inferItems declares the data items that the texts of configs name and that are not
// declared, each with the first type that its config takes.
func (t *task) inferItems(texts map[string]string) {
	for i := range t.definition.Configs {
		config := &t.definition.Configs[i]
		name, named := itemName(config, texts[config.Name])
		if !named {
			continue
		}
		if _, ok := t.item(name); !ok {
			t.items = append(t.items, hostapi.Item{VarName: name, Type: typeOf(config), Columns: t.columnsOf(config, texts)})
		}
	}
}

// warnOfTables tells of tables that an add-on cannot write anything into.
func (a *app) warnOfTables(t *task) {
	for _, item := range t.items {
		if t.definition != nil && item.Type == hostapi.TypeList && len(item.Columns) == 0 {
			a.out.warn("the table " + item.VarName + " has no columns: declare them, as in --item '" + item.VarName + "=LIST(text,price:DECIMAL)'")
		}
	}
}

// itemName returns the variable name of the data item that a text names in a
// config. Where text may stand for itself, variable names begin with q_.
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
func (t *task) columnsOf(table *addon.Config, texts map[string]string) []hostapi.Column {
	if typeOf(table) != hostapi.TypeList {
		return nil
	}
	var columns []hostapi.Column
	for i := range t.definition.Configs {
		config := &t.definition.Configs[i]
		name := texts[config.Name]
		known := slices.ContainsFunc(columns, func(c hostapi.Column) bool { return c.VarName == name })
		if config.FormType == addon.FormSelectSubData && config.DependsOn == table.Name && name != "" && !known {
			columns = append(columns, hostapi.Column{VarName: name, Type: hostapi.TypeString})
		}
	}
	return columns
}

// configure makes the settings of an add-on from the texts of its configs.
func (t *task) configure(texts map[string]string, connections []string) error {
	env := addon.Environment{Items: t.items, Process: t.process, Data: t.data}
	for _, name := range connections {
		env.Connections = append(env.Connections, addon.Connection{Name: name})
	}
	settings, err := t.definition.Configure(texts, env)
	t.settings = settings
	return err
}
