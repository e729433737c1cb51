package oauthtoml

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkName returns what is wrong with the name of a connection.
func checkName(name string) *Problem {
	switch {
	case name == "":
		return &Problem{"has no name", "write [connections.NAME]"}
	case strings.Contains(name, "#"):
		return &Problem{"has # in its name, which is reserved", "name it without #"}
	case name == "." || name == "..": // which URLs cannot have as a segment
		return &Problem{"has a name that is a path", "use other characters too"}
	}
	return checkWord(name)
}

// CheckAccount returns what is wrong with the part of a name after #.
func CheckAccount(account string) *Problem {
	if account == "" {
		return &Problem{"has no account behind #", "write NAME#ACCOUNT"}
	}
	return checkWord(account)
}

// checkWord refuses names that cannot be typed or displayed, or look like a flag.
func checkWord(name string) *Problem {
	switch {
	case !utf8.ValidString(name):
		return &Problem{"has a name that is not text", "use visible characters and spaces"}
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return &Problem{"has a control character in its name", "use visible characters and spaces"}
	case strings.HasPrefix(name, "-"):
		return &Problem{"has a name that looks like a flag", "begin it with another character"}
	}
	return nil
}
