package cli

import (
	"fmt"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/terminal"
)

// shellFunction is a function of a POSIX shell, of the tools of POSIX alone unless it
// says otherwise.
type shellFunction struct{ name, about, text string }

// shellFunctions returns the functions that a script may need, in their order. Those
// that encode take bytes as od prints them: no locale and no character of a secret
// changes what they do.
func shellFunctions() []shellFunction {
	return []shellFunction{
		{"form", "form VALUE: the value form-encoded.", `form() {
  printf %s "$1" | od -A n -v -t x1 | LC_ALL=C awk '
    BEGIN {
      for (i = 33; i < 127; i++) if ((c = sprintf("%c", i)) ~ /[-._~0-9A-Za-z]/) as[sprintf("%02x", i)] = c
      as["20"] = "+"
    }
    { for (i = 1; i <= NF; i++) printf "%s", ($i in as) ? as[$i] : "%" toupper($i) }'
}`},
		{"json", "json VALUE: the value escaped for the inside of a JSON string.", `json() {
  printf %b "$(printf %s "$1" | od -A n -v -t x1 | LC_ALL=C awk '
    BEGIN {
      for (i = 0; i < 256; i++) as[sprintf("%02x", i)] = sprintf(i < 32 ? "\\\\u%04x" : "\\0%03o", i)
      as["22"] = "\\\\\""; as["5c"] = "\\\\\\\\"
    }
    { for (i = 1; i <= NF; i++) printf "%s", as[$i] }')"
}`},
		{"xml", "xml VALUE: the value escaped for text and attributes of XML.", `xml() {
  printf %b "$(printf %s "$1" | od -A n -v -t x1 | LC_ALL=C awk '
    BEGIN {
      for (i = 0; i < 256; i++) as[sprintf("%02x", i)] = sprintf(i < 32 ? "&#%d;" : "\\0%03o", i)
      as["22"] = "&#34;"; as["26"] = "&#38;"; as["27"] = "&#39;"; as["3c"] = "&#60;"; as["3e"] = "&#62;"
    }
    { for (i = 1; i <= NF; i++) printf "%s", as[$i] }')"
}`},
		{"pin", "pin HOST:PORT FINGERPRINTS: the public key there, if its certificate is one of those. It needs openssl.", `pin() {
  certificate=$(openssl s_client -connect "$1" -servername "${1%:*}" </dev/null 2>/dev/null | openssl x509) || return
  fingerprint=$(printf '%s\n' "$certificate" | openssl x509 -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
  case " $2 " in
  *" $fingerprint "*) ;;
  *) echo "$1 has a certificate that is not pinned: $fingerprint" >&2; return 1 ;;
  esac
  printf 'sha256//'
  printf '%s\n' "$certificate" | openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | openssl base64
}`},
	}
}

// withVariables returns text to read, with $NAME for each placeholder.
func withVariables(text string, placeholders []connection.Placeholder) string {
	for _, p := range placeholders {
		text = strings.ReplaceAll(text, p.Text, "$"+p.Name)
	}
	return text
}

// quoted returns text as one word of a POSIX shell, with a variable of the shell for
// each placeholder: through the function encode, if there is one.
func quoted(text string, placeholders []connection.Placeholder, encode string) string {
	for _, p := range placeholders {
		before, after, found := strings.Cut(text, p.Text)
		if !found {
			continue
		}
		word := `"$` + p.Name + `"`
		if encode != "" {
			word = `"$(` + encode + ` ` + word + `)"`
		}
		if before != "" {
			word = quoted(before, placeholders, encode) + word
		}
		if after != "" {
			word += quoted(after, placeholders, encode)
		}
		return word
	}
	if terminal.EscapeBut(text, "\n\t") == text {
		return shellWord(text)
	}
	var octal strings.Builder // what a terminal would take for more than text
	body := strings.TrimRight(text, "\n")
	for _, b := range []byte(body) {
		fmt.Fprintf(&octal, `\0%03o`, b)
	}
	word := `"$(printf %b '` + octal.String() + `')"`
	if len(body) < len(text) { // which the shell would drop
		word += shellWord(text[len(body):])
	}
	return word
}
