package repotest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
)

const (
	connectionsPage = "docs/CONNECTIONS.md"
	errorsPage      = "docs/ERRORS.md"
)

// grantPages are the pages of the grants.
func grantPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "docs/connections/*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("found no page of a grant: %v", err)
	}
	for i, page := range pages {
		pages[i] = "docs/connections/" + filepath.Base(page)
	}
	return pages
}

// parseConnections reads text as an oauth.toml for which every secret and every
// file is there.
func parseConnections(t *testing.T, text string, keys keyFiles) error {
	t.Helper()
	dir := t.TempDir()
	for _, m := range regexp.MustCompile(`(\w+)( = "file:|_file = ")([^"]+)"`).FindAllStringSubmatch(text, -1) {
		content := keys.of(m[1])
		if err := os.WriteFile(filepath.Join(dir, m[3]), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^(\w+) = .*$`).FindAllStringSubmatch(text, -1) {
		for _, ref := range regexp.MustCompile(`"env:(\w+)"`).FindAllStringSubmatch(m[0], -1) {
			env[ref[1]] = keys.of(m[1])
		}
	}
	_, err := connection.Parse("oauth.toml", []byte(text), connection.ParseOptions{
		Dir: dir, LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	})
	return err
}

// keyFiles are a private key and its certificate, in PEM.
type keyFiles struct{ key, certificate string }

func newKeyFiles(t *testing.T) keyFiles {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return keyFiles{
		key:         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})),
		certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
	}
}

// of returns what a key of an oauth.toml refers to; of a key that ends in _file,
// its first word.
func (k keyFiles) of(name string) string {
	switch name {
	case "ca", "cert":
		return k.certificate
	case "key", "signing_key":
		return k.key
	}
	return "a secret"
}

// TestConnectionFiles checks that every oauth.toml in the documentation is valid as
// it stands.
func TestConnectionFiles(t *testing.T) {
	t.Parallel()
	keys := newKeyFiles(t)
	for _, page := range append(grantPages(t), connectionsPage, "README.md") {
		blocks := fences(string(read(t, page)), "toml")
		if len(blocks) == 0 {
			t.Errorf("%s shows no oauth.toml", page)
		}
		for _, block := range blocks {
			if err := parseConnections(t, block, keys); err != nil {
				t.Errorf("%s: %v in\n%s", page, err, block)
			}
		}
	}
}

// TestServerDifferences checks that what the pages propose for servers that are
// different is valid in the file that the page begins with.
func TestServerDifferences(t *testing.T) {
	t.Parallel()
	keys := newKeyFiles(t)
	for _, page := range append(grantPages(t), connectionsPage) {
		file := page
		if page == connectionsPage { // its keys go to every grant with a token endpoint
			file = "docs/connections/client_credentials.md"
		}
		base := fences(string(read(t, file)), "toml")[0]
		rows := rowsOf(section(string(read(t, page)), "When the server is different"))
		if len(rows) == 0 {
			t.Errorf("%s says nothing of servers that are different", page)
		}
		for _, row := range rows {
			lines := spans(row[1])
			if len(lines) == 0 {
				t.Errorf("%s proposes nothing where a server %s", page, row[0])
			}
			if err := parseConnections(t, with(base, lines), keys); err != nil {
				t.Errorf("%s, where a server %s: %v", page, row[0], err)
			}
		}
	}
}

// with returns an oauth.toml with lines of its last table replaced or
// added. What does not set a key stays out.
func with(file string, lines []string) string {
	for _, line := range lines {
		key, _, ok := strings.Cut(line, " = ")
		if !ok {
			continue
		}
		old := regexp.MustCompile("(?m)^" + key + " = .*$")
		if old.MatchString(file) {
			file = old.ReplaceAllLiteralString(file, line)
		} else {
			file += line + "\n"
		}
	}
	return file
}

// section returns the text below a heading of the second level.
func section(page, heading string) string {
	_, text, _ := strings.Cut(page, "\n## "+heading+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// rowsOf returns the cells of the tables in a text, without their heads.
func rowsOf(text string) [][]string {
	var rows [][]string
	head := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			head = true
		case strings.HasPrefix(line, "|---"):
			head = false
		case !head:
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

// spans returns the pieces of code in a cell.
func spans(cell string) []string {
	var list []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

// TestErrorMessages checks that the messages that the pages explain exist in the program: the
// constant parts of each are in string literals of one source file.
func TestErrorMessages(t *testing.T) {
	t.Parallel()
	texts := sourceTexts(t)
	codes := slices.Collect(maps.Keys(codesOf(t)))
	for _, page := range append(grantPages(t), errorsPage) {
		found := 0
		for _, row := range errorRows(string(read(t, page))) {
			messages, rest, _ := strings.Cut(row, "code `")
			for _, message := range spans(messages) {
				found++
				if !isThere(message, texts) {
					t.Errorf("%s explains %q, which nothing says", page, message)
				}
			}
			for _, code := range spans("`" + rest) {
				if !slices.Contains(codes, code) {
					t.Errorf("%s has the code %q, which is none", page, code)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s explains no message", page)
		}
	}
}

// errorRows returns the first cells of the tables of messages in a page.
func errorRows(page string) []string {
	var messages []string
	for _, table := range strings.Split(page, "\n| message |")[1:] {
		table, _, _ = strings.Cut(table, "\n\n")
		for _, row := range rowsOf("|" + table) {
			messages = append(messages, row[0])
		}
	}
	return messages
}

// isThere reports whether the parts of a message, apart from what varies, are all
// in texts of one file.
func isThere(message string, files map[string][]string) bool {
	message = regexp.MustCompile(`answered \d+( [a-z_]+)?$`).ReplaceAllString(message, "answered …")
	for _, texts := range files {
		all := true
		for part := range strings.SplitSeq(message, "…") {
			part = strings.TrimSpace(part)
			all = all && slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, part) })
		}
		if all {
			return true
		}
	}
	return false
}

// sourceTexts returns the string literals of the packages that errors come from,
// by file.
func sourceTexts(t *testing.T) map[string][]string {
	t.Helper()
	texts := make(map[string][]string)
	for _, name := range files(t) {
		dir := path.Dir(name)
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") ||
			!slices.Contains([]string{
				"connection", "connection/internal/oauthclient", "connection/internal/oauthtoml", "egress", "store", "internal/database",
				"internal/cli", "internal/input", "internal/limit", "internal/stricttoml", "internal/taskfile", "internal/terminal", "internal/testrun",
			}, dir) {
			continue
		}
		ast.Inspect(parseGo(t, name), func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				texts[name] = append(texts[name], text)
			}
			return true
		})
	}
	return texts
}

func parseGo(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestErrorCodes checks that the page has every code, with the status that the
// command ends with.
func TestErrorCodes(t *testing.T) {
	t.Parallel()
	codes := codesOf(t)
	for _, row := range rowsOf(section(string(read(t, errorsPage)), "Codes")) {
		code := strings.Trim(row[0], "`")
		status, ok := codes[code]
		if !ok || status != row[1] {
			t.Errorf("%s gives code %q the exit status %s, want %q", errorsPage, code, row[1], status)
		}
		delete(codes, code)
	}
	for code := range codes {
		t.Errorf("%s has no code %q", errorsPage, code)
	}
}

// codesOf returns the codes of package hostapi with the exit statuses that the
// command has for them.
func codesOf(t *testing.T) map[string]string {
	t.Helper()
	constants := constantsOf(parseGo(t, "hostapi/error.go"))
	exit := parseGo(t, "internal/cli/exit.go")
	statuses := constantsOf(exit)
	codes := make(map[string]string)
	for name, code := range constants {
		if strings.HasPrefix(name, "Code") {
			codes[code] = statuses["statusInternal"] // of those that no case names
		}
	}
	ast.Inspect(exit, func(n ast.Node) bool {
		clause, ok := n.(*ast.CaseClause)
		if !ok || len(clause.Body) != 1 {
			return true
		}
		result, ok := clause.Body[0].(*ast.ReturnStmt)
		if !ok {
			return true
		}
		for _, expr := range clause.List {
			if code, ok := expr.(*ast.SelectorExpr); ok {
				codes[constants[code.Sel.Name]] = statuses[nameOf(result.Results[0])]
			}
		}
		return true
	})
	if len(codes) == 0 {
		t.Fatal("found no codes")
	}
	return codes
}

func nameOf(expr ast.Expr) string {
	if ident, ok := expr.(*ast.Ident); ok {
		return ident.Name
	}
	return ""
}

// constantsOf returns the constants of a file that are literals, text without its
// quotes.
func constantsOf(file *ast.File) map[string]string {
	constants := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			constants[spec.Names[0].Name] = strings.Trim(literal.Value, `"`)
		}
		return true
	})
	return constants
}

// TestAnchors checks that links to a heading have a target.
func TestAnchors(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]*)#([^)]+)\)`)
	for _, name := range files(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(read(t, name)), -1) {
			target := name
			if m[1] != "" {
				target = path.Join(path.Dir(name), m[1])
			}
			if !slices.Contains(anchors(string(read(t, target))), m[2]) {
				t.Errorf("%s links to #%s, which %s has not", name, m[2], target)
			}
		}
	}
}

// anchors returns the names by which the headings of a page are reached.
func anchors(page string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
