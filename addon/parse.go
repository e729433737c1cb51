package addon

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
)

const rootName = "service-task-definition"

const (
	maxConfigs  = 1000
	maxTabs     = 100
	maxItems    = 10000 // of all configs together
	maxLocales  = 100   // of one text
	maxWarnings = 100
)

// Parse reads data as the definition file that errors call file: at most 16 MiB
// of XML in UTF-8, without a document type.
//
// An error is a *[hostapi.Error] of [hostapi.CodeConfig] with the position: the
// definition cannot be run. Mistakes that do not prevent that, such as unknown
// elements, are the Definition's Warnings.
func Parse(file string, data []byte) (*Definition, error) {
	r, err := newReader(file, data)
	if err != nil {
		return nil, err
	}
	p := &parser{reader: r, def: &Definition{File: file, Type: ServiceTask}, seen: make(map[string]bool)}
	if err := p.document(); err != nil {
		return nil, err
	}
	return p.def, nil
}

// parser builds a definition from the elements of a reader.
type parser struct {
	*reader
	def   *Definition
	seen  map[string]bool // children of the root that may occur once
	items int             // of all configs so far
}

// document reads the whole file.
func (p *parser) document() error {
	var root *place
	for {
		token, err := p.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			at := p.at
			if root != nil {
				return p.fail(at, "", "the file has a second root element", "put each definition into a separate file")
			}
			if t.Name.Local != rootName {
				return p.fail(at, "", "the root element is <"+brief.Text(t.Name.Local)+">", "that of a definition is <"+rootName+">")
			}
			root = &at
			if err := p.children(p.child); err != nil {
				return err
			}
		case xml.ProcInst:
			if t.Target == "xml" && p.offset > 0 {
				p.warn(p.at, "the XML declaration is not at the very beginning of the file; other programs refuse that")
			}
		case xml.CharData:
			if root != nil && len(bytes.TrimSpace(t)) > 0 {
				p.warn(p.at, "text after the root element is ignored")
			}
		}
	}
	if root == nil {
		return p.fail(place{1, 1}, "", "the file is not a definition", "it is XML with the root element <"+rootName+">")
	}
	return p.finish(*root)
}

// child reads a child of the root.
func (p *parser) child(e element) error {
	d := p.def
	switch e.name {
	case "label":
		return p.localized(&d.Label, e)
	case "summary":
		return p.localized(&d.Summary, e)
	case "help-page-url":
		return p.localized(&d.HelpPageURL, e)
	case "configs":
		return p.configs()
	case "tabs":
		return p.children(p.tab)
	}
	if p.seen[e.name] {
		if e.name == "script" || e.name == "test" {
			return p.fail(e.at, e.name, "the definition has a second <"+e.name+">", "")
		}
		p.warn(e.at, "there is a second <"+brief.Text(e.name)+">; it is ignored")
		return p.skip()
	}
	read := p.single(e.name)
	if read == nil {
		p.warn(e.at, "the element <"+brief.Text(e.name)+"> is unknown; it is ignored")
		return p.skip()
	}
	p.seen[e.name] = true
	return read(e)
}

// single returns the function that reads a child of the root that may occur only
// once; nil for any other element.
func (p *parser) single(name string) func(element) error {
	d := p.def
	switch name {
	case "engine-type":
		return p.number(&d.EngineType, 3, "use 0, 1, 2 or 3")
	case "addon-version":
		return p.number(&d.AddonVersion, 2, "use 2, or leave the element out for a script that does its work when it is loaded")
	case "addon-type":
		return p.addonType
	case "last-modified":
		return p.lastModified
	case "license":
		return func(element) (err error) { d.License, err = p.text(); return err }
	case "deprecated":
		return func(e element) error {
			text, err := p.text()
			d.Deprecated = p.flag(e, e.name, text)
			return err
		}
	case "script":
		return func(e element) (err error) { d.Script, err = p.code(e); return err }
	case "test":
		return func(e element) (err error) { d.Test, err = p.code(e); return err }
	case "icon":
		return p.icon
	}
	return nil
}

// number returns a function that reads a number from 0 to most; empty text is 0.
func (p *parser) number(to *int, most int, hint string) func(element) error {
	return func(e element) error {
		text, err := p.text()
		if err != nil || text == "" {
			return err
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > most {
			return p.fail(e.at, e.name, strconv.Quote(brief.Text(text))+" is unknown", hint)
		}
		*to = n
		return nil
	}
}

func (p *parser) addonType(e element) error {
	text, err := p.text()
	if err != nil || text == "" {
		return err
	}
	switch t := Type(text); t {
	case ServiceTask, StartEvent, StartEventTimer, StartEventWebhook:
		p.def.Type = t
		return nil
	}
	return p.fail(e.at, e.name, strconv.Quote(brief.Text(text))+" is unknown",
		fmt.Sprintf("use %s, %s or %s, or leave the element out for a service task", StartEvent, StartEventTimer, StartEventWebhook))
}

func (p *parser) lastModified(e element) error {
	text, err := p.text()
	if err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		p.warn(e.at, "<last-modified> is not a date like 2006-01-02")
	}
	p.def.LastModified = text
	return nil
}

// icon reads a picture in base64 (RFC 4648 §4), in which blanks are ignored.
func (p *parser) icon(e element) error {
	text, err := p.text()
	if err != nil {
		return err
	}
	picture, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	switch {
	case err != nil:
		p.warn(e.at, "the icon is not base64")
	case !bytes.HasPrefix(picture, []byte("\x89PNG\r\n\x1a\n")):
		p.warn(e.at, "the icon is not a PNG picture")
	default:
		p.def.Icon = picture
	}
	return nil
}

// localized reads text in one language.
func (p *parser) localized(to *Text, e element) error {
	text, err := p.text()
	if err != nil {
		return err
	}
	locale := languageTag(e.attr("locale"))
	old, twice := to.Default, to.Default != ""
	if locale != "" {
		old, twice = to.ByLocale[locale]
	}
	switch {
	case twice:
		if old != text {
			p.warn(e.at, fmt.Sprintf("there is a second <%s> for the locale %q; it is ignored", e.name, brief.Text(locale)))
		}
	case locale == "":
		to.Default = text
	case len(to.ByLocale) == maxLocales:
		return p.fail(e.at, e.name, fmt.Sprintf("the text is in more than %d languages", maxLocales), "")
	default:
		if to.ByLocale == nil {
			to.ByLocale = make(map[string]string)
		}
		to.ByLocale[locale] = text
	}
	return nil
}

// flag reads true or false; empty text is false.
func (p *parser) flag(e element, name, text string) bool {
	switch strings.TrimSpace(text) {
	case "true":
		return true
	case "", "false":
	default:
		p.warn(e.at, name+" is neither true nor false; false is assumed")
	}
	return false
}

// finish makes the checks that need the whole definition.
func (p *parser) finish(root place) error {
	if p.def.Script.Text == "" {
		return p.fail(root, "", "the definition has no script", "add <script>"+cdata+" … ]]></script>")
	}
	if p.def.Label.empty() {
		p.warn(root, "the definition has no label")
	}
	if !p.seen["icon"] {
		p.warn(root, "the definition has no icon")
	}
	p.checkConfigs()
	return nil
}

func (p *parser) warn(at place, message string) {
	w := &p.def.Warnings
	switch len(*w) {
	case maxWarnings:
		return
	case maxWarnings - 1:
		message = "further warnings are omitted"
	}
	*w = append(*w, fmt.Sprintf("%s:%d: %s", p.file, at.line, message))
}

// knownNames joins the names of a table for a hint.
func knownNames[T ~string](names []T) string {
	text := make([]string, len(names))
	for i := range names {
		text[i] = string(names[i])
	}
	return brief.List(text)
}

// isType reports whether name is a type of data items or a family of types.
func isType(name string) bool {
	return name == "STRING_MULTILINE" || slices.Contains(hostapi.ItemTypes(), hostapi.ItemType(name))
}
