package addon

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// Code is a script within a definition file.
type Code struct {
	Text string

	// Line and Column are the position of Text in the file. Both count from 1; the
	// column counts characters.
	Line, Column int
}

// ScriptSource returns the script as source to compile under the name of the file.
// Everything before the script is replaced by blanks, so that a position in the
// source is the same position in the file.
func (d *Definition) ScriptSource() []byte { return d.Script.source() }

// TestSource returns the tests in the form of ScriptSource; nil if there are none.
func (d *Definition) TestSource() []byte {
	if d.Test.Text == "" {
		return nil
	}
	return d.Test.source()
}

func (c *Code) source() []byte {
	before, column := max(c.Line-1, 0), max(c.Column-1, 0)
	b := make([]byte, 0, before+column+len(c.Text))
	b = append(b, bytes.Repeat([]byte("\n"), before)...)
	b = append(b, bytes.Repeat([]byte(" "), column)...)
	return append(b, c.Text...)
}

const cdata = "<![CDATA["

// code reads the content of the open element as a script. The script begins with the
// first text that is not blank; Code.Text is empty if there is none.
func (r *reader) code(e element) (Code, error) {
	var code Code
	var text strings.Builder
	for {
		token, err := r.next()
		if err != nil {
			return code, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			code.Text = text.String()
			return code, nil
		case xml.StartElement:
			if !bytes.Contains(r.data[r.offset:], []byte("</"+e.name)) {
				return code, r.fail(e.at, e.name, "is not closed", "put </"+e.name+"> at its end")
			}
			if end, ok := r.endOfCDATA(); ok {
				return code, r.fail(end, e.name, endsInCode, endsInCodeHint)
			}
			return code, r.fail(r.at, e.name, "contains the element <"+t.Name.Local+">", "put the script into "+cdata+" … ]]>")
		case xml.Comment:
			if text.Len() > 0 {
				text.WriteString(strings.Repeat("\n", bytes.Count(t, []byte("\n")))) // keeps the line of what follows
			}
		case xml.CharData:
			if text.Len() > 0 {
				text.Write(t)
				continue
			}
			if len(bytes.TrimSpace(t)) == 0 {
				continue
			}
			code.Line, code.Column = r.at.line, r.at.column
			if bytes.HasPrefix(r.data[r.offset:], []byte(cdata)) {
				code.Column += len(cdata)
			}
			text.Write(t)
		}
	}
}
