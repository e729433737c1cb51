package testservers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// browser is a user agent for the pages of one server: it keeps cookies, and stops at a
// redirect to another host.
type browser struct {
	origin string
	client http.Client
}

func newBrowser(origin string) *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{origin: origin, client: http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is the page that a browser has loaded.
type page struct {
	text string
	away *url.URL // the redirect to another host; nil on a page of the server
}

// get opens target and follows its redirects.
func (b *browser) get(ctx context.Context, target string) (*page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return nil, err
	}
	return b.open(r)
}

// submit sends a form and follows the redirects of the response.
func (b *browser) submit(ctx context.Context, target string, form url.Values) (*page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.open(r)
}

func (b *browser) open(r *http.Request) (*page, error) {
	for range 20 {
		status, header, text, err := b.send(r)
		if err != nil {
			return nil, err
		}
		if status < 300 || status > 399 {
			if status != http.StatusOK {
				return nil, fmt.Errorf("%s responded with %d: %s", r.URL.Path, status, text)
			}
			return &page{text: text}, nil
		}
		next, err := r.URL.Parse(header.Get("Location"))
		if err != nil {
			return nil, err
		}
		if next.Scheme+"://"+next.Host != b.origin {
			return &page{away: next}, nil
		}
		if r, err = http.NewRequestWithContext(r.Context(), http.MethodGet, next.String(), http.NoBody); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("redirected again and again")
}

func (b *browser) send(r *http.Request) (status int, header http.Header, text string, err error) {
	response, err := b.client.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(body), errors.Join(err, response.Body.Close())
}

// call sends in as JSON and decodes the response, which must be a success, into out if that is
// not nil.
func (b *browser) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, b.origin+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	status, _, text, err := b.send(r)
	switch {
	case err != nil:
		return err
	case status < 200 || status > 299:
		return fmt.Errorf("%s %s responded with %d: %s", method, path, status, text)
	case out == nil:
		return nil
	}
	return json.Unmarshal([]byte(text), out)
}

// form returns the action of a page's form and its hidden fields; "" if there is no form.
func (p *page) form() (action string, fields url.Values) {
	tag := regexp.MustCompile(`<form[^>]*\saction="([^"]*)"`).FindStringSubmatch(p.text)
	if tag == nil {
		return "", nil
	}
	fields = make(url.Values)
	for _, input := range regexp.MustCompile(`<input[^>]*>`).FindAllString(p.text, -1) {
		attribute := func(name string) string {
			found := regexp.MustCompile(`\s` + name + `="([^"]*)"`).FindStringSubmatch(input)
			if found == nil {
				return ""
			}
			return html.UnescapeString(found[1])
		}
		if attribute("type") == "hidden" {
			fields.Set(attribute("name"), attribute("value"))
		}
	}
	return html.UnescapeString(tag[1]), fields
}
