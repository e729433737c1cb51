package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
)

// emailServiceBegin begins a message.
func emailServiceBegin(a *API, _ call) (goja.Value, error) {
	return a.object(emailClass, &hostapi.Email{}), nil
}

// emailClass is a builder of a message. Every setter changes it and returns it.
var emailClass = newClass("email", members{ //nolint:gochecknoglobals // a table, never changed
	"addTo":         emailAddress(func(e *hostapi.Email, to hostapi.Address) { e.To = append(e.To, to) }),
	"setFrom":       emailAddress(func(e *hostapi.Email, from hostapi.Address) { e.From = from }),
	"setReplyTo":    emailAddress(func(e *hostapi.Email, to hostapi.Address) { e.ReplyTo = &to }),
	"setSubject":    emailText(func(e *hostapi.Email, text string) { e.Subject = text }),
	"setBody":       emailText(func(e *hostapi.Email, text string) { e.Body = text }),
	"addAttachment": emailAddAttachment,
	"send":          emailSend,
})

// emailAddress returns a setter that takes an address and a display name.
func emailAddress(set func(e *hostapi.Email, address hostapi.Address)) func(*API, call) (goja.Value, error) {
	return func(_ *API, c call) (goja.Value, error) {
		e, err := state[*hostapi.Email](c)
		if err != nil {
			return nil, err
		}
		address, err := c.text(0, "address")
		if err != nil {
			return nil, err
		}
		set(e, hostapi.Address{Address: address, Name: textOrEmpty(c.arg(1))})
		return c.this, nil
	}
}

func emailText(set func(e *hostapi.Email, text string)) func(*API, call) (goja.Value, error) {
	return func(_ *API, c call) (goja.Value, error) {
		e, err := state[*hostapi.Email](c)
		if err != nil {
			return nil, err
		}
		text, err := c.text(0, "text")
		if err != nil {
			return nil, err
		}
		set(e, text)
		return c.this, nil
	}
}

// emailAddAttachment takes a file, or the name, content type and text of a file.
func emailAddAttachment(_ *API, c call) (goja.Value, error) {
	e, err := state[*hostapi.Email](c)
	if err != nil {
		return nil, err
	}
	if f, ok := stateOf[*hostapi.File](c.arg(0)); ok {
		e.Files = append(e.Files, f)
		return c.this, nil
	}
	if err := c.need(3, "(fileName, contentType, text)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "fileName")
	if err != nil {
		return nil, err
	}
	contentType, err := mediaType(textOrEmpty(c.args[1]), name, true, "")
	if err != nil {
		return nil, err
	}
	e.Files = append(e.Files, &hostapi.File{
		Name: name, ContentType: contentType, Content: charset.Encode(contentType, textOrEmpty(c.args[2])),
	})
	return c.this, nil
}

func emailSend(a *API, c call) (goja.Value, error) {
	e, err := state[*hostapi.Email](c)
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.host.SendEmail(a.ctx, e)
}
