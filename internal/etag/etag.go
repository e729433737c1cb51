// Package etag has the entity tags of what the server stores, and the conditions of changes (RFC 9110
// §13.1): a change that was made from an earlier state does not overwrite a later one.
package etag

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// ErrChanged is the reason of the error for a condition that does not hold.
var ErrChanged = errors.New("its state is not the one that is expected")

// Of returns the entity tag of a state, RFC 9110 §8.8.3: a strong one, of its digest. The state is what
// JSON can hold, without secrets.
func Of(state ...any) string {
	text, err := json.Marshal(state)
	if err != nil {
		panic(err) // a type that JSON cannot hold
	}
	sum := sha256.Sum256(text)
	const length = 8 // bytes
	return `"` + hex.EncodeToString(sum[:length]) + `"`
}

// Match is the condition of a change. The zero Match always holds.
type Match struct {
	Tags string // the field If-Match: tags with commas between them, or *, which is any state; "": no condition
	New  bool   // as If-None-Match: *: there is none yet
}

// Check returns nil if the condition holds for what has the tag present; "" if there is none. The error is a
// *[hostapi.Error] that matches [ErrChanged]. Call it where no other change can come in between.
func (m Match) Check(op, name, present string) error {
	switch {
	case m.New && present != "":
		return refused(op, name, "there is one of that name", "choose another name")
	case m.Tags == "" || present != "" && hasTag(m.Tags, present):
		return nil
	case present == "":
		return refused(op, name, "it does not exist, or was deleted in the meantime", "")
	}
	return refused(op, name, "it was changed in the meantime", "read it again, and make the change from that")
}

// hasTag compares strongly, as RFC 9110 §13.1.1 has it: a weak tag equals none. No tag of ours has a comma.
func hasTag(list, tag string) bool {
	for element := range strings.SplitSeq(list, ",") {
		if element = strings.TrimSpace(element); element == "*" || element == tag {
			return true
		}
	}
	return false
}

func refused(op, name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: message, Hint: hint, Reason: ErrChanged}
}
