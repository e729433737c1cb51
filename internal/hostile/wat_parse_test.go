package hostile

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// node is a list, a string in quotes, or an atom of the text format.
type node struct {
	list   []node // nil: not a list
	quoted bool
	text   string
}

func (n node) head() string {
	if len(n.list) == 0 {
		return ""
	}
	return n.list[0].text
}

func (n node) is(head string) bool { return n.list != nil && n.head() == head }

type parser struct{ rest string }

// nodes reads up to the end of the list or of the text.
func (p *parser) nodes() []node {
	list := []node{}
	for {
		p.rest = strings.TrimLeft(p.rest, " \t\r\n")
		switch {
		case p.rest == "":
			return list
		case strings.HasPrefix(p.rest, ";;"):
			_, p.rest, _ = strings.Cut(p.rest, "\n")
		case p.rest[0] == '(':
			p.rest = p.rest[1:]
			list = append(list, node{list: p.nodes()})
		case p.rest[0] == ')':
			p.rest = p.rest[1:]
			return list
		case p.rest[0] == '"':
			list = append(list, node{quoted: true, text: p.quoted()})
		default:
			end := strings.IndexAny(p.rest, " \t\r\n();\"")
			if end <= 0 {
				fail("no end after %.20q", p.rest)
			}
			list = append(list, node{text: p.rest[:end]})
			p.rest = p.rest[end:]
		}
	}
}

func (p *parser) quoted() string {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String()
		case '\\':
			if escape := strings.IndexByte(`nt"\`, p.rest[i+1]); escape >= 0 {
				b.WriteByte("\n\t\"\\"[escape])
				i++
				continue
			}
			raw, err := hex.DecodeString(p.rest[i+1 : i+3])
			if err != nil {
				fail("escape: %v", err)
			}
			b.Write(raw)
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	fail("a string has no end")
	return ""
}

// numbered reports whether the copies of nodes differ.
func numbered(nodes []node) bool {
	return slices.ContainsFunc(nodes, func(n node) bool { return strings.Contains(n.text, "#") || numbered(n.list) })
}

// expand replaces (repeat N …), in copy number i of an outer one.
func expand(nodes []node, i int) []node {
	out := make([]node, 0, len(nodes))
	for _, n := range nodes {
		switch {
		case n.is("repeat"):
			times := int(integer(expand(n.list[1:2], i)[0].text))
			if copies := n.list[2:]; numbered(copies) {
				for k := range times {
					out = append(out, expand(copies, k)...)
				}
			} else {
				out = append(out, slices.Repeat(expand(copies, -1), times)...)
			}
		case n.list != nil:
			out = append(out, node{list: expand(n.list, i)})
		case i >= 0 && !n.quoted && strings.Contains(n.text, "#"):
			out = append(out, node{text: strings.ReplaceAll(n.text, "#", strconv.Itoa(i))})
		case i >= 0 && n.quoted && strings.Contains(n.text, "#"):
			out = append(out, node{quoted: true, text: strings.ReplaceAll(n.text, "#", strconv.Itoa(i))})
		default:
			out = append(out, n)
		}
	}
	return out
}
