package repotest_test

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/cli"
)

// TestCommandsInPages checks that each postern command in a console block of the
// README and of docs/ has commands and flags that the command has.
func TestCommandsInPages(t *testing.T) {
	t.Parallel()
	found := 0
	for _, name := range files(t) {
		if name != "README.md" && (path.Ext(name) != ".md" || !strings.HasPrefix(name, "docs/")) {
			continue
		}
		page := string(read(t, name))
		for _, block := range append(fences(page, "console"), fences(page, "sh")...) {
			for _, words := range commandsIn(block) {
				found++
				if problem := checkCommand(t, words); problem != "" {
					t.Errorf("%s: postern %s: %s", name, strings.Join(words, " "), problem)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("found %d commands in the pages", found)
	}
}

// commandsIn returns the arguments of each postern command in a console block, also
// of one inside a list, a subshell or a substitution.
func commandsIn(block string) [][]string {
	var commands [][]string
	word := regexp.MustCompile(`'[^']*'|[;|&<>()]|(?:[^\s'";|&<>()]|"(?:[^"\\]|\\.)*")+`)
	for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
		typed, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue // output
		}
		typed, _, _ = strings.Cut(typed, " #")
		words := word.FindAllString(strings.NewReplacer(`"$(`, " ( ", `)"`, " ) ").Replace(typed), -1)
		for i, w := range words {
			if w != "postern" && !strings.HasSuffix(w, "/postern") {
				continue
			}
			args := words[i+1:]
			if end := slices.IndexFunc(args, func(w string) bool { return strings.ContainsAny(w[:1], ";|&<>()") }); end >= 0 {
				args = args[:end]
			}
			commands = append(commands, args)
		}
	}
	return commands
}

// checkCommand returns what is wrong with a command line: a command or a flag that does not exist.
func checkCommand(t *testing.T, words []string) string {
	t.Helper()
	if end := slices.Index(words, "--"); end >= 0 {
		words = words[:end]
	}
	help := helpOf(t)
	for len(words) > 0 && strings.Contains(help, "\nCommands:\n") {
		if !regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(words[0]) + ` `).MatchString(help) {
			break
		}
		help, words = helpOf(t, append(commandsOf(help), words[0])...), words[1:]
	}
	if strings.Contains(help, "\nCommands:\n") && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		return "there is no command " + words[0]
	}
	for _, w := range words {
		flag, _, _ := strings.Cut(w, "=")
		if len(flag) < 2 || flag[0] != '-' {
			continue
		}
		if !regexp.MustCompile(`(?m)^ +(?:-\w, )?` + regexp.QuoteMeta(flag) + `[ ,\n]`).MatchString(help) {
			return "there is no flag " + flag
		}
	}
	return ""
}

// commandsOf returns the commands that a help is about.
func commandsOf(help string) []string {
	usage := regexp.MustCompile(`(?m)^Usage:\n  postern ?(.*?) ?COMMAND$`).FindStringSubmatch(help)
	if usage == nil {
		return nil
	}
	return strings.Fields(usage[1])
}

// helpOf returns what postern COMMAND --help prints.
func helpOf(t *testing.T, commands ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := cli.Main(t.Context(), cli.Env{Args: append(commands, "--help"), Stdout: &stdout, Stderr: &stderr}); status != 0 {
		t.Fatalf("postern %s --help: status %d, %s", strings.Join(commands, " "), status, &stderr)
	}
	return stdout.String()
}

// TestCheckCommand checks that a command or flag that does not exist is found.
func TestCheckCommand(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run task.js --data q_a=1 --json":           "",
		"test . -v":                                 "",
		"playground -- sh --nothing":                "",
		"connection list":                           "",
		"runn task.js":                              "there is no command runn",
		"connection lst":                            "there is no command lst",
		"run task.js --dta q_a=1":                   "there is no flag --dta",
		"connection add x --template=github --nope": "there is no flag --nope",
	} {
		if got := checkCommand(t, strings.Fields(line)); got != want {
			t.Errorf("postern %s: %q, want %q", line, got, want)
		}
	}
	got := commandsIn("$ (umask 077; build/postern keys new > k) && postern \\\n  check . # all\nout postern x\n$ export K=\"$(postern keys new)\"\n")
	want := [][]string{{"keys", "new"}, {"check", "."}, {"keys", "new"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("commands %q, want %q", got, want)
	}
}
