package addon

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/internal/brief"
)

// tab reads a labelled group of configs.
func (p *parser) tab(e element) error {
	if e.name != "tab" {
		p.warn(e.at, "the element <"+brief.Text(e.name)+"> is unknown; it is ignored")
		return p.skip()
	}
	if len(p.def.Tabs) == maxTabs {
		return p.fail(e.at, "", fmt.Sprintf("the definition has more than %d tabs", maxTabs), "")
	}
	var label Text
	first := len(p.def.Configs)
	err := p.children(func(e element) error {
		switch e.name {
		case "label":
			return p.localized(&label, e)
		case "configs":
			return p.configs()
		}
		p.warn(e.at, "the element <"+brief.Text(e.name)+"> is unknown; it is ignored")
		return p.skip()
	})
	p.def.Tabs = append(p.def.Tabs, label)
	for i := range p.def.Configs[first:] {
		p.def.Configs[first+i].Tab = label
	}
	return err
}

func (p *parser) configs() error {
	return p.children(func(e element) error {
		if e.name != "config" {
			p.warn(e.at, "the element <"+brief.Text(e.name)+"> is unknown; it is ignored")
			return p.skip()
		}
		if len(p.def.Configs) == maxConfigs {
			return p.fail(e.at, "", fmt.Sprintf("the definition has more than %d configs", maxConfigs), "")
		}
		c := Config{Line: e.at.line}
		p.attributes(&c, e)
		if err := p.children(func(e element) error { return p.configChild(&c, e) }); err != nil {
			return err
		}
		if c.Name == "" {
			p.warn(e.at, "a config without a name is ignored")
			return nil
		}
		if other := p.def.config(c.Name); other != nil {
			return p.fail(e.at, c.Name, fmt.Sprintf("another config, at line %d, has this name", other.Line), "rename one of them")
		}
		p.def.Configs = append(p.def.Configs, c)
		return nil
	})
}

func (p *parser) configChild(c *Config, e element) error {
	switch e.name {
	case "label":
		return p.localized(&c.Label, e)
	case "item":
		return p.item(c, e)
	}
	p.warn(e.at, "the element <"+brief.Text(e.name)+"> is unknown; it is ignored")
	return p.skip()
}

func (p *parser) item(c *Config, e element) error {
	if p.items++; p.items > maxItems {
		return p.fail(e.at, "", fmt.Sprintf("the definition has more than %d items", maxItems), "")
	}
	item := ConfigItem{Value: e.attr("value")}
	err := p.children(func(e element) error {
		if e.name == "label" {
			return p.localized(&item.Label, e)
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	hasValue := slices.ContainsFunc(e.attrs, func(a xml.Attr) bool { return a.Name.Local == "value" })
	if !hasValue {
		p.warn(e.at, "an item without a value is ignored")
		return nil
	}
	if slices.ContainsFunc(c.Items, func(other ConfigItem) bool { return other.Value == item.Value }) {
		p.warn(e.at, fmt.Sprintf("there is a second item with the value %q", brief.Text(item.Value)))
	}
	if item.Label.empty() {
		item.Label.Default = item.Value
	}
	c.Items = append(c.Items, item)
	return nil
}

// attributes reads the attributes of a config.
func (p *parser) attributes(c *Config, e element) {
	c.FormType, c.AuthType = FormTextfield, AuthOAuth2
	for _, a := range e.attrs {
		if a.Name.Space != "" || a.Name.Local == "xmlns" {
			continue
		}
		switch name, value := a.Name.Local, a.Value; name {
		case "name":
			c.Name = value
		case "required":
			c.Required = p.flag(e, name, value)
		case "editable":
			c.Editable = p.flag(e, name, value)
		case "el-enabled":
			c.EL = p.flag(e, name, value)
		case "deprecated":
			c.Deprecated = p.flag(e, name, value)
		case "depends-on":
			c.DependsOn = value
		case "oauth2-setting-name":
			c.OAuth2SettingName = value
		case "select-data-type":
			c.SelectDataType = p.dataType(e, value)
		case "form-type":
			c.FormType = choose(p, e, name, value, formTypes())
		case "auth-type":
			c.AuthType = choose(p, e, name, value, authTypes())
		default:
			p.warn(e.at, "the attribute "+strconv.Quote(brief.Text(name))+" is unknown; it is ignored")
		}
	}
}

// choose returns value if it is one of known, else the first of known.
func choose[T ~string](p *parser, e element, name, value string, known []T) T {
	if i := slices.Index(known, T(strings.TrimSpace(value))); i >= 0 {
		return known[i]
	}
	p.warn(e.at, fmt.Sprintf("%s %q is unknown; %s is assumed; use %s", name, brief.Text(value), known[0], knownNames(known)))
	return known[0]
}

func (p *parser) dataType(e element, query string) string {
	for name := range strings.SplitSeq(query, "|") {
		if name = strings.TrimSpace(name); !isType(name) {
			p.warn(e.at, fmt.Sprintf("select-data-type %q is unknown: no data item has this type", brief.Text(name)))
		}
	}
	return query
}

// checkConfigs checks the references between configs.
func (p *parser) checkConfigs() {
	for i := range p.def.Configs {
		c := &p.def.Configs[i]
		at := place{line: c.Line}
		if c.DependsOn != "" && p.def.config(c.DependsOn) == nil {
			p.warn(at, fmt.Sprintf("the config %s depends on %s, which does not exist", brief.Text(c.Name), brief.Text(c.DependsOn)))
		}
		switch {
		case c.FormType == FormSelectSubData && c.DependsOn == "":
			p.warn(at, "the config "+brief.Text(c.Name)+" chooses a column, but depends-on names no table")
		case c.FormType == FormSelectItem && len(c.Items) == 0 && !c.Editable:
			p.warn(at, "the config "+brief.Text(c.Name)+" has no item to choose")
		case c.EL && !c.holdsText():
			p.warn(at, "the config "+brief.Text(c.Name)+" cannot have expressions: it is not text")
		}
	}
}

// holdsText reports whether the setting may be free text.
func (c *Config) holdsText() bool {
	switch c.FormType {
	case FormTextfield, FormTextarea:
		return true
	case FormSelect, FormSelectItem:
		return c.Editable
	}
	return false
}
