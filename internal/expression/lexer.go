package expression

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a lexical token of an expression.
type token struct {
	kind       tokenKind
	text       string // of a name without #, of a string without quotes and escapes
	start, end int    // offsets in the source
}

type tokenKind string

const (
	tokenEnd      tokenKind = "the end" // of the source; the } of an expression is an operator
	tokenName     tokenKind = "a name"
	tokenVariable tokenKind = "a variable" // a name after #
	tokenNumber   tokenKind = "a number"
	tokenText     tokenKind = "a text"
	tokenOperator tokenKind = "an operator"
)

// lexer splits an expression into tokens.
type lexer struct {
	source string
	offset int
}

func (l *lexer) next() (token, error) {
	l.offset += len(l.source[l.offset:]) - len(strings.TrimLeft(l.source[l.offset:], " \t\r\n"))
	t := token{start: l.offset}
	if t.start > maxExpression {
		return t, &positionError{0, "the expression is too long", "does it end with }?"}
	}
	rest := l.source[t.start:]
	var length int
	switch c := first(rest); {
	case rest == "":
		t.kind = tokenEnd
	case c == '\'' || c == '"':
		text, n, ok := unquote(rest)
		if !ok {
			return t, &positionError{t.start, "missing closing quote", ""}
		}
		t.kind, t.text, length = tokenText, text, n
	case c == '#' && isNameStart(first(rest[1:])):
		length = 1 + nameLength(rest[1:])
		t.kind, t.text = tokenVariable, rest[1:length]
	case isNameStart(c):
		length = nameLength(rest)
		t.kind, t.text = tokenName, rest[:length]
		if operator, ok := wordOperator(t.text); ok {
			t.kind, t.text = tokenOperator, operator
		}
	case isDigit(c):
		length = numberLength(rest)
		t.kind, t.text = tokenNumber, rest[:length]
	default:
		if length = operatorLength(rest); length == 0 {
			return t, &positionError{t.start, "unexpected character", ""}
		}
		t.kind, t.text = tokenOperator, rest[:length]
	}
	t.end = t.start + length
	l.offset = t.end
	return t, nil
}

func first(text string) rune {
	c, _ := utf8.DecodeRuneInString(text)
	return c
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

func isNameStart(c rune) bool { return c == '_' || c == '$' || unicode.IsLetter(c) }

func nameLength(text string) int {
	for i, c := range text {
		if !isNameStart(c) && !unicode.IsDigit(c) {
			return i
		}
	}
	return len(text)
}

// numberLength returns the length of a number: digits with at most one point.
func numberLength(text string) int {
	digits := func(from int) int {
		for from < len(text) && isDigit(rune(text[from])) {
			from++
		}
		return from
	}
	whole := digits(0)
	if whole < len(text) && text[whole] == '.' {
		if end := digits(whole + 1); end > whole+1 {
			return end
		}
	}
	return whole
}

// unquote returns the value of the string literal at the start of source, and the length
// of the literal. A backslash escapes a quote or a backslash.
func unquote(source string) (text string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(source) && i <= maxExpression; i++ {
		switch c := source[i]; {
		case c == source[0]:
			return b.String(), i + 1, true
		case c == '\\' && i+1 < len(source) && strings.IndexByte(`\'"`, source[i+1]) >= 0:
			i++
			b.WriteByte(source[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

func operatorLength(text string) int {
	for _, operator := range []string{"==", "!=", "<=", ">=", "&&", "||"} {
		if strings.HasPrefix(text, operator) {
			return len(operator)
		}
	}
	if strings.IndexByte("!-+<>?:()[].}", text[0]) >= 0 {
		return 1
	}
	return 0
}

// wordOperator returns the operator that is written as a word.
func wordOperator(word string) (operator string, ok bool) {
	switch word {
	case "not":
		return "!", true
	case "and":
		return "&&", true
	case "or":
		return "||", true
	case "eq":
		return "==", true
	case "ne":
		return "!=", true
	case "lt":
		return "<", true
	case "le":
		return "<=", true
	case "gt":
		return ">", true
	case "ge":
		return ">=", true
	case "empty":
		return "empty", true
	}
	return "", false
}
