package main

import (
	"net/http"

	"github.com/postern-dev/postern/connection"
)

// getAuthorize sends the browser of a user to the authorization server of a connection.
// The attempt is in the database, so any process of the service can get the callback.
func (s *service) getAuthorize(w http.ResponseWriter, r *http.Request) error {
	m, err := s.manager(r)
	if err != nil {
		return err
	}
	attempt, err := m.Authorize(r.Context(), r.PathValue("connection"), s.callback)
	if err != nil {
		return err
	}
	sealed, err := m.SealAuthorization(attempt)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(r.Context(), "INSERT INTO attempts VALUES (?, ?, ?, ?)",
		attempt.State(), r.PathValue("tenant"), r.Header.Get("X-User"), sealed)
	if err == nil {
		http.Redirect(w, r, attempt.URL, http.StatusFound) //nolint:gosec // to the authorization endpoint of the connection
	}
	return err
}

// getCallback completes an attempt, once, and only for the user who began it: otherwise
// another user could connect their own account to this tenant.
func (s *service) getCallback(_ http.ResponseWriter, r *http.Request) error {
	user := r.Header.Get("X-User")
	var tenant string
	var sealed []byte
	row := s.db.QueryRowContext(r.Context(), "DELETE FROM attempts WHERE state = ? AND user = ? RETURNING tenant, sealed",
		r.URL.Query().Get("state"), user)
	if err := row.Scan(&tenant, &sealed); err != nil {
		return notFound("attempt")
	}
	r.SetPathValue("tenant", tenant)
	m, err := s.manager(r)
	if err != nil {
		return err
	}
	attempt, err := m.ResumeAuthorization(r.Context(), sealed)
	if err != nil {
		return err
	}
	return m.Redeem(connection.WithActor(r.Context(), user), attempt, r.URL.Query())
}
