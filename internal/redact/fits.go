package redact

// fits reports whether text is long enough for a secret, whose characters it does not look at. A
// form has at least as many characters as the secret. If nothing escapes those, they are a run of
// letters, digits and what base64 has, unless the text has escapes. Most texts of a task are short
// and have no such run, which saves it the making of a table.
func (x *index) fits(text string) bool {
	const short = 1 << 12 // longer texts are searched at once
	switch {
	case len(text) < x.shortest:
		return false
	case x.escapes, len(text) > short:
		return true
	}
	run := 0
	for i := range len(text) {
		switch inForms[text[i]] {
		case ordinary:
			run = 0
		case dropped:
		case escaping:
			return true
		default:
			if run++; run >= x.shortest {
				return true
			}
		}
	}
	return false
}

// inForms says which bytes are in the forms of secrets that nothing escapes.
var inForms = func() (all [256]role) { //nolint:gochecknoglobals // a table, never changed
	for c := range all {
		switch {
		case roles[c]&escaping != 0:
			all[c] = escaping
		case roles[c] == dropped:
			all[c] = dropped
		case plain(string([]byte{byte(c)})) || isBase64(byte(c)):
			all[c] = ofForm
		}
	}
	return all
}()

const ofForm role = 1 << 7
