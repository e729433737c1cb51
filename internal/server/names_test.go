package server_test

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// Whatever name a task or a connection may have, its page can be reached from the list.
func TestNamesInURLs(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "new", "1")
	s.register(token, "a..b", "1")
	for _, name := range []string{"new", "a%2Fb", "100%25", "%3Cb%3E%22%26%3F", "%D7%A9%D7%9C%D7%95%D7%9D", "%F0%9F%98%80", strings.Repeat("a", 255)} {
		settings := map[string]any{"grant": "static", "token": "SEKRET", "hosts": []string{"a.test"}}
		if r := s.api(token, http.MethodPut, "/v1/connections/"+name, settings, nil); r.StatusCode != http.StatusCreated {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	pages := 0
	for _, list := range []string{"/tasks", "/connections"} {
		_, body := s.get(list)
		for _, link := range strings.Split(body, `class="name"><a href="`)[1:] {
			path, rest, _ := strings.Cut(link, `"`)
			name, _, _ := strings.Cut(strings.TrimPrefix(rest, ">"), "</a>")
			if status, page := s.get(html.UnescapeString(path)); status != http.StatusOK || !strings.Contains(page, "<h1>"+name+"</h1>") {
				t.Errorf("%s: %d, without the heading %s", path, status, name)
			}
			pages++
		}
	}
	if pages != 9 {
		t.Errorf("%d pages, want 9", pages)
	}
}

// The list of connections is one of 100 names at a time, and can be searched.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	for i := range 120 {
		settings := map[string]any{"grant": "static", "token": "SEKRET", "hosts": []string{"a.test"}}
		s.api(token, http.MethodPut, fmt.Sprintf("/v1/connections/%%C3%%89cole-%03d", i), settings, nil)
	}
	for path, want := range map[string]int{
		"/connections": 100, "/connections?after=%C3%89cole-099": 20, "/connections?search=%C3%A9COLE-11": 10,
		"/connections?search=%C3%A9&after=%C3%89cole-109": 10, "/connections?search=none": 0,
	} {
		_, body := s.get(path)
		if n := strings.Count(body, `class="name"`); n != want {
			t.Errorf("%s: %d connections, want %d", path, n, want)
		}
		if more := strings.Contains(body, `">More</a>`); more != (want == 100) {
			t.Errorf("%s: a link to more: %t", path, more)
		}
	}
	var page struct {
		Connections []struct{ Name string }
		Next        string
	}
	for query, want := range map[string]string{
		"": "École-000 to École-049, next École-049", "?limit=200": "École-000 to École-119, next ",
		"?limit=20&after=%C3%89cole-099": "École-100 to École-119, next ", "?limit=3&search=%C3%A9COLE-11": "École-110 to École-112, next École-112",
	} {
		page.Connections, page.Next = nil, ""
		s.api(token, http.MethodGet, "/v1/connections"+query, nil, &page)
		list := page.Connections
		if len(list) == 0 || fmt.Sprintf("%s to %s, next %s", list[0].Name, list[len(list)-1].Name, page.Next) != want {
			t.Errorf("%q: %+v, want %s", query, page, want)
		}
	}
	if r := s.api(token, http.MethodGet, "/v1/connections?limit=201", nil, nil); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a limit of 201: %s", r.Status)
	}
	if _, body := s.get("/connections?search=none"); !strings.Contains(body, "No connection has a name with") {
		t.Error("no text that nothing was found")
	}
}

// The tag of a connection that was deleted and added again with another secret is another one.
func TestTagAfterDelete(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		seen := make(map[string]bool)
		for _, secret := range []string{"one", "two", "one"} {
			r := s.api(token, http.MethodPut, "/v1/connections/crm", map[string]any{"grant": "static", "token": secret, "hosts": []string{"a.test"}}, nil)
			if tag := r.Header.Get("ETag"); tag == "" || seen[tag] {
				t.Errorf("tag %q comes again, or is missing", tag)
			} else {
				seen[tag] = true
			}
			s.api(token, http.MethodDelete, "/v1/connections/crm", nil, nil)
		}
	})
}
