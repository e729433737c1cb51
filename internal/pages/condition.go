package pages

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/postern-dev/postern/internal/etag"
)

// An edit form holds the ETag of what it was made of, so that a change by another browser in the meantime is not
// overwritten unseen.
const tagField = "etag"

// matchOf returns the condition of a form that changes what is stored.
func matchOf(r *http.Request) etag.Match {
	return etag.Match{Tags: cmp.Or(r.PostFormValue(tagField), "*")}
}

// formTag returns the ETag for a form that is shown. When it is shown again because of a change in the meantime, it has the
// present one: the user has been told, and may save over it.
func formTag(r *http.Request, failure error, present string) string {
	if failure == nil || errors.Is(failure, etag.ErrChanged) {
		return present
	}
	return r.PostFormValue(tagField)
}

// formProblem returns why a form was not saved that changes what the page at path shows.
func formProblem(failure error, path string) *problem {
	shown := problemOf(failure)
	if errors.Is(failure, etag.ErrChanged) {
		shown.Message = "It was changed in the meantime, in another browser or by a program. Nothing was saved; what you entered is still here, apart from secrets and files."
		shown.Hint, shown.Path = "Save again to replace what is stored now with it.", path
	}
	return shown
}
