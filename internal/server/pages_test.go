package server_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// Whatever is in the address of a page, the server does not fail: what does not exist is not found, and
// what is not valid is said.
func TestOddAddresses(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		for _, odd := range []string{"%00", "%FF", "a%00b", "%2e%2e", "%2F%2F", "'%22%3B--", "9223372036854775808", "-1", strings.Repeat("a", 2000), "%F0%9F%98%80"} {
			for _, path := range []string{
				"/tasks/", "/runs/", "/connections/", "/schedules/", "/clients/", "/users/", "/setup/", "/new/connection?template=", "/tasks?search=",
				"/tasks?after=", "/runs?search=", "/runs?state=", "/runs?task=", "/runs?cursor=", "/runs?trigger=", "/runs?from=", "/runs?schedule=",
				"/schedules?cursor=", "/clients?search=", "/clients?after=", "/clients?from=", "/audit?connection=", "/audit?cursor=", "/audit?from=", "/runs/x/files/",
				"/tasks/a?version=", "/oauth2callback?state=", "/signin?next=",
			} {
				if status, page := s.get(path + odd); status >= http.StatusInternalServerError {
					t.Errorf("%s%s: %d %s", path, odd, status, page)
				}
			}
		}
		if t.Failed() {
			t.Log(s.log)
		}
	})
}

// A form that is too large is refused with the reason.
func TestLargeForm(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("files", "large.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(make([]byte, 21<<20)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/new/task", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	response, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", response.StatusCode)
	}
}
