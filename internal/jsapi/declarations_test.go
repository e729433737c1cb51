package jsapi

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// declarations are what a file of TypeScript declarations says, as far as it can
// be compared with a VM.
type declarations struct {
	constants  map[string]constantType // globals
	functions  map[string]string       // globals, with their marks
	classes    map[string]string       // interfaces of Java classes, by the classes' full names
	interfaces map[string]*interfaceType
}

type constantType struct{ of, mark string }

// interfaceType is an interface. A mark is "testOnly", "legacy" or empty.
type interfaceType struct {
	mark    string
	extends []string
	members map[string]string // marks
}

// Every line of a declaration has one of these forms, and no other of TypeScript's
// is understood here.
var (
	constantForm  = regexp.MustCompile(`^declare const (\w+): postern\.(\w+);$`)
	functionForm  = regexp.MustCompile(`^declare function (\w+)\(.*\): .+;$`)
	namespaceForm = regexp.MustCompile(`^declare namespace ([\w.]+) \{$`)
	classForm     = regexp.MustCompile(`^const (\w+): postern\.(\w+);$`)
	typeForm      = regexp.MustCompile(`^type \w+ =.*;$`)
	interfaceForm = regexp.MustCompile(`^interface (\w+)(?:<\w+>)?(?: extends ([\w<>, ]+))? \{$`)
	memberForm    = regexp.MustCompile(`^(?:(\w+)\(.*\)|readonly (\w+)\??): .+;$`)
	unnamedForm   = regexp.MustCompile(`^(?:(?:new )?(?:<[\w =]+>)?\(.*\)|\[Symbol\.hasInstance\]\(.*\)|readonly \[name: string\]|readonly " type"): .+;$`)
	markForm      = regexp.MustCompile(`@\w+`)
)

// readDeclarations reads a file of declarations. Everything that a script can name must have
// a comment.
func readDeclarations(text string) (*declarations, error) {
	r := &declarationReader{declarations: declarations{
		make(map[string]constantType), make(map[string]string), make(map[string]string), make(map[string]*interfaceType),
	}}
	for i, line := range strings.Split(text, "\n") {
		if err := r.line(strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", i+1, err, line)
		}
	}
	if r.namespace != "" || r.open != nil || r.statement != "" || r.comment != "" {
		return nil, errors.New("the file ends within something")
	}
	return &r.declarations, nil
}

type declarationReader struct {
	declarations
	comment   string // being read, or before what is being read
	statement string // being read
	namespace string
	open      *interfaceType
}

func (r *declarationReader) line(line string) error {
	switch inComment := r.comment != "" && !strings.HasSuffix(r.comment, "*/"); {
	case inComment:
		r.comment += " " + line
		return nil
	case line == "" && r.comment+r.statement != "":
		return errors.New("blank within a declaration")
	case line == "", strings.HasPrefix(line, "//"):
		return nil
	case strings.HasPrefix(line, "/**"):
		if r.comment+r.statement != "" {
			return errors.New("comment within a declaration")
		}
		r.comment = line
		return nil
	}
	r.statement = strings.TrimSpace(r.statement + " " + line)
	if !strings.HasSuffix(line, ";") && !strings.HasSuffix(line, "{") && line != "}" {
		return nil
	}
	statement, comment := r.statement, r.comment
	r.statement, r.comment = "", ""
	mark, err := markOf(comment)
	if err != nil {
		return err
	}
	documented, ok := r.read(statement, mark)
	switch {
	case !ok:
		return errors.New("not understood here")
	case documented && comment == "":
		return errors.New("no comment")
	case !documented && comment != "":
		return errors.New("a comment without a declaration")
	}
	return nil
}

func markOf(comment string) (string, error) {
	switch marks := markForm.FindAllString(comment, -1); {
	case len(marks) == 0:
		return "", nil
	case len(marks) == 1 && (marks[0] == "@testOnly" || marks[0] == "@legacy"):
		return marks[0][1:], nil
	}
	return "", errors.New("a mark is @testOnly or @legacy")
}

// read reads one statement. documented says whether it needs a comment.
func (r *declarationReader) read(statement, mark string) (documented, ok bool) {
	switch {
	case r.open != nil:
		return r.readMember(statement, mark)
	case statement == "}":
		ok, r.namespace = r.namespace != "", ""
		return false, ok
	}
	if m := interfaceForm.FindStringSubmatch(statement); m != nil && (r.namespace == "postern" || r.namespace == "") {
		r.open = &interfaceType{mark: mark, members: make(map[string]string)}
		for parent := range strings.SplitSeq(m[2], ", ") {
			if parent != "" {
				r.open.extends = append(r.open.extends, parent)
			}
		}
		ok = r.interfaces[m[1]] == nil
		r.interfaces[m[1]] = r.open
		return r.namespace != "", ok // the others add to the language's own
	}
	switch m := classForm.FindStringSubmatch(statement); {
	case r.namespace == "postern":
		return true, typeForm.MatchString(statement)
	case r.namespace != "" && m != nil:
		r.classes[r.namespace+"."+m[1]] = m[2]
		return false, true
	case r.namespace != "":
		return false, false
	}
	if m := constantForm.FindStringSubmatch(statement); m != nil {
		r.constants[m[1]] = constantType{m[2], mark}
		return true, true
	}
	if m := functionForm.FindStringSubmatch(statement); m != nil {
		r.functions[m[1]] = mark
		return true, true
	}
	if m := namespaceForm.FindStringSubmatch(statement); m != nil {
		r.namespace = m[1]
		return false, true
	}
	return false, false
}

// readMember reads a member of the open interface, or its end. Overloads have the
// same mark.
func (r *declarationReader) readMember(statement, mark string) (documented, ok bool) {
	if statement == "}" {
		r.open = nil
		return false, true
	}
	if m := memberForm.FindStringSubmatch(statement); m != nil && m[1] != "new" {
		name := m[1] + m[2]
		earlier, overload := r.open.members[name]
		r.open.members[name] = mark
		return true, !overload || earlier == mark
	}
	constructs := strings.HasPrefix(statement, "new ") || strings.HasPrefix(statement, "(") || strings.HasPrefix(statement, "<")
	return constructs, unnamedForm.MatchString(statement)
}

// members returns the members that objects of an interface have, with what it
// extends, where those with the given marks are there.
func (d *declarations) members(name string, marks ...string) map[string]bool {
	there := make(map[string]bool)
	for _, mark := range append(marks, "") {
		for member, m := range d.interfaces[name].members {
			if m == mark {
				there[member] = true
			}
		}
	}
	for _, parent := range d.interfaces[name].extends {
		if d.interfaces[parent] == nil {
			continue // of the language itself
		}
		for member := range d.members(parent, marks...) {
			there[member] = true
		}
	}
	return there
}

// TestDeclarationsReader holds that the reader refuses what it cannot compare.
func TestDeclarationsReader(t *testing.T) {
	t.Parallel()
	const good = "/** A. */\ndeclare const a: postern.A;\n\ndeclare namespace postern {\n  /** A. */\n  interface A extends B, Array<T> {\n" +
		"    /**\n     * F.\n     * @testOnly\n     */\n    f(x: number): void;\n    /** P. */\n    readonly p?: string;\n  }\n}\n"
	d, err := readDeclarations(good)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.interfaces["A"], (&interfaceType{extends: []string{"B", "Array<T>"}, members: map[string]string{"f": "testOnly", "p": ""}}); !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	for _, bad := range []string{
		"declare const a: postern.A;",                              // no comment
		"/** A. */\ndeclare let a: postern.A;",                     // not a form
		"/** A. */\n\ndeclare const a: postern.A;",                 // the comment belongs to nothing
		"/** @sometimes */\ndeclare const a: postern.A;",           // no such mark
		"declare namespace postern {",                              // has no end
		strings.Replace(good, "readonly p", "p", 1),                // not a form
		strings.Replace(good, "/** P. */", "", 1),                  // no comment
		strings.Replace(good, "readonly p?: string", "f(): 1", 1),  // another mark
		strings.Replace(good, "f(x: number): void;", "f<T>();", 1), // not a form
		good + good, // twice
	} {
		if _, err := readDeclarations(bad); err == nil {
			t.Errorf("it reads\n%s", bad)
		}
	}
}
