package rewrite

import "strings"

// anyCharacter and noCharacter are the classes of all characters and of none.
const (
	anyCharacter = "[^]"
	noCharacter  = "[]"
)

// spellComplements returns a pattern with the flag i in which \W, \D and \S are negated classes.
// With that flag regexp2 adds to a class the other case of all that is in it, character by
// character: for \W these are over a million, which takes some 20 ms, and with ſ and the Kelvin
// sign they include s and k, which \W does not match.
func spellComplements(pattern string) string {
	if !strings.ContainsAny(pattern, "WDS") {
		return pattern
	}
	var out strings.Builder
	for rest := pattern; rest != ""; {
		var item string
		var isClass bool
		item, rest, isClass = nextItem(rest)
		switch {
		case isClass:
			out.WriteString(spellClass(item))
		case isComplement(item):
			out.WriteString("[^" + strings.ToLower(item) + "]")
		default:
			out.WriteString(item)
		}
	}
	return out.String()
}

// spellClass returns what matches as a class does: with the complements outside of it, as one
// cannot be part of a class in another way.
func spellClass(class string) string {
	begin, rest := nextToken(class)
	var (
		complements []string
		others      strings.Builder
		last        string
	)
	for rest != "]" {
		var token string
		token, rest = nextToken(rest)
		switch {
		case isComplement(token):
			if strings.Contains(class, strings.ToLower(token)) {
				return map[string]string{"[": anyCharacter, "[^": noCharacter}[begin]
			}
			complements = append(complements, "[^"+strings.ToLower(token)+"]")
		case token == "-" && (isComplement(last) || startsWithComplement(rest)), token == "^":
			others.WriteString(`\` + token) // which it is not at its new place
		default:
			others.WriteString(token)
		}
		last = token
	}
	if complements == nil {
		return class
	}
	if others.Len() > 0 {
		complements = append(complements, "["+others.String()+"]")
	}
	either := strings.Join(complements, "|")
	if begin == "[^" {
		return "(?:(?!" + either + ")" + anyCharacter + ")"
	}
	return "(?:" + either + ")"
}

func startsWithComplement(rest string) bool {
	token, _ := nextToken(rest)
	return isComplement(token)
}

func isComplement(token string) bool { return token == `\W` || token == `\D` || token == `\S` }
