package cli

import (
	"errors"

	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
)

// printJSON prints the outcome of a run that ended with err, and returns err.
func (a *app) printJSON(o *report.Outcome, err error) error {
	if err != nil {
		a.out.brief = true
	}
	if failed := a.out.writeJSON(o.JSON(err, hint)); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}

// mostNoted is how many characters of a post or an email a note shows.
const mostNoted = 72

// printText prints the outcome of a run as text, and returns err. What a task
// that failed was given is not printed.
func (a *app) printText(o *report.Outcome, err error) error {
	if o == nil || o.Result == nil || err != nil && o.Written == nil && !o.Partial {
		return err
	}
	text, failed := o.Text()
	if failed == nil {
		failed = a.out.write(text)
	}
	for _, post := range o.Posts {
		a.out.say("postern: note: a post to the feed, not sent: %s", terminal.Escape(terminal.Head(post.Message, mostNoted)))
	}
	for _, email := range o.Emails {
		a.out.say("postern: note: an email, not sent: %s", terminal.Escape(terminal.Head(email.Subject, mostNoted)))
	}
	return errors.Join(err, failed)
}
