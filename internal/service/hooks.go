package service

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/runs"
)

// Hook is the URL by which others call a webhook.
type Hook struct {
	Task    string
	URL     string // with its secret, if it has just been made; "" otherwise
	Actor   string // who made it
	Created time.Time
}

func noHook(op, task string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: task, Message: "there is no such webhook", Reason: ErrNotFound}
}

// TaskHook returns the hook of a task, without its URL.
func (s *Service) TaskHook(ctx context.Context, caller Caller, task string) (Hook, error) {
	const op = "find webhook"
	if err := caller.mayRead(op, accounts.Viewer); err != nil {
		return Hook{}, err
	}
	h, _, err := s.hook(ctx, op, task)
	return h, err
}

func (s *Service) hook(ctx context.Context, op, task string) (h Hook, hash string, err error) {
	db := s.Connections.cfg.DB
	h.Task = task
	var created int64
	err = db.QueryRowContext(ctx, "SELECT hash, actor, created FROM postern_service_hooks WHERE task = $1", database.Plain(task)).Scan(&hash, &h.Actor, &created)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return h, "", noHook(op, task)
	case err != nil:
		return h, "", db.Failed(ctx, op, task, err)
	}
	h.Created = database.Time(created)
	return h, hash, nil
}

// AddHook makes the URL of a webhook, which cannot be shown again. One that was made before is
// no longer valid.
func (s *Service) AddHook(ctx context.Context, caller Caller, task string) (Hook, error) {
	const op = "add webhook"
	if err := caller.may(op, accounts.Author); err != nil {
		return Hook{}, err
	}
	loaded, err := s.Loader.Load(ctx, task, 0)
	if err != nil {
		return Hook{}, err
	}
	if KindOf(loaded) != Webhook {
		return Hook{}, invalid(op, task, "it is not a webhook", "an add-on that has the function post is one")
	}
	secret := strings.ToLower(rand.Text() + rand.Text())
	h := Hook{Task: task, URL: s.URL + "/hooks/" + task + "/" + secret, Actor: caller.Actor(), Created: time.Now().UTC().Truncate(time.Millisecond)}
	db := s.Connections.cfg.DB
	_, err = db.ExecContext(ctx, `INSERT INTO postern_service_hooks (task, hash, actor, created) VALUES ($1, $2, $3, $4)
		ON CONFLICT (task) DO UPDATE SET hash = excluded.hash, actor = excluded.actor, created = excluded.created`,
		task, hashOf(secret), h.Actor, database.Millis(h.Created))
	if err != nil {
		return Hook{}, db.Failed(ctx, op, task, err)
	}
	s.record(ctx, caller, actionAddHook, task)
	return h, nil
}

// DeleteHook makes the URL of a webhook invalid.
func (s *Service) DeleteHook(ctx context.Context, caller Caller, task string) error {
	const op = "delete webhook"
	if err := caller.may(op, accounts.Author); err != nil {
		return err
	}
	if _, _, err := s.hook(ctx, op, task); err != nil {
		return err
	}
	if err := s.deleteHook(ctx, op, task); err != nil {
		return err
	}
	s.record(ctx, caller, actionDeleteHook, task)
	return nil
}

func (s *Service) deleteHook(ctx context.Context, op, task string) error {
	db := s.Connections.cfg.DB
	if _, err := db.ExecContext(ctx, "DELETE FROM postern_service_hooks WHERE task = $1", task); err != nil {
		return db.Failed(ctx, op, task, err)
	}
	return nil
}

// CallHook runs a webhook, and returns what it responds. The reply is nil if it has not ended
// after d, and goes on. Anyone who has the secret may call it.
func (s *Service) CallHook(ctx context.Context, task, secret string, request WebhookRequest, d time.Duration) (*WebhookReply, *runs.Run, error) {
	const op = "call webhook"
	_, hash, err := s.hook(ctx, op, task)
	switch {
	case err != nil:
		return nil, nil, err
	case subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(secret))) != 1:
		return nil, nil, noHook(op, task)
	}
	r, err := s.request(ctx, "webhook "+task, RunRequest{Task: task, Webhook: &request})
	if err != nil {
		return nil, nil, err
	}
	run, err := s.Runs.Submit(ctx, r, runs.ByEvent)
	if err != nil {
		return nil, nil, err
	}
	wait, cancel := s.waiting(ctx, d)
	defer cancel()
	ended, err := s.Runs.Wait(wait, run.ID)
	switch {
	case err != nil && wait.Err() != nil:
		return nil, run, nil // it goes on
	case err != nil:
		return nil, run, err
	case ended.State != runs.Succeeded:
		return nil, ended, &hostapi.Error{Code: hostapi.CodeScript, Op: op, Name: task, Message: "the run " + ended.ID + " is " + string(ended.State)}
	}
	var result Result
	if err := json.Unmarshal(ended.Result, &result); err != nil {
		return nil, ended, err
	}
	return result.Reply, ended, nil
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
