package hostapi_test

import (
	"fmt"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestSealed(t *testing.T) {
	t.Parallel()
	const standIn = hostapi.SealedPrefix + "AAECAwQFBgcICQoLDA0ODw"
	for text, want := range map[string]struct{ is, has bool }{
		standIn:                            {true, true},
		"":                                 {},
		hostapi.SealedPrefix:               {},
		standIn[:len(standIn)-1]:           {},
		standIn + "A":                      {false, true},
		"Bearer " + standIn + ".":          {false, true},
		hostapi.SealedPrefix + standIn:     {false, true},
		standIn[:len(standIn)-1] + "x":     {}, // encodes more than 16 bytes
		standIn[:20] + "\n" + standIn[21:]: {},
		"a page about postern_sealed_ tokens and what they are for": {},
	} {
		if is, has := hostapi.IsSealed(text), hostapi.HasSealed(text); is != want.is || has != want.has {
			t.Errorf("%q: IsSealed %t, HasSealed %t, want %+v", text, is, has, want)
		}
	}
}

// A function that signs refuses a sealed token: the signature would be of its stand-in.
func ExampleHasSealed() {
	const standIn = hostapi.SealedPrefix + "AAECAwQFBgcICQoLDA0ODw"
	fmt.Println(hostapi.HasSealed("token="+standIn), hostapi.HasSealed("token=abc"), hostapi.IsSealed(standIn))
	// Output: true false true
}
