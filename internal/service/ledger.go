package service

import (
	"context"
	"fmt"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/runs"
)

// Ledger is the connector of the engine. Before a request that must not be repeated
// unseen is sent, it records that it may have been: after a crash, the run is repeated
// only if none was.
type Ledger struct {
	hostapi.BaseConnector
	Next hostapi.Connector
}

type progressKey struct{}

// withProgress gives the requests of a task the ledger of its run.
func withProgress(ctx context.Context, p *runs.Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// OAuth2Token implements [hostapi.Connector].
func (l *Ledger) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	return l.Next.OAuth2Token(ctx, grant, name)
}

// OAuth2TokenInfo implements [hostapi.Connector].
func (l *Ledger) OAuth2TokenInfo(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.TokenInfo, error) {
	return l.Next.OAuth2TokenInfo(ctx, grant, name)
}

// AuthSetting implements [hostapi.Connector].
func (l *Ledger) AuthSetting(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	return l.Next.AuthSetting(ctx, grant, name)
}

// Do implements [hostapi.Connector].
func (l *Ledger) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	progress, ok := ctx.Value(progressKey{}).(*runs.Progress)
	if ok && req != nil && !hostapi.IsIdempotent(req.Method) {
		if err := progress.Unsafe(ctx, fmt.Sprintf("%s %s", req.Method, hostOf(req.URL))); err != nil {
			return nil, err
		}
	}
	return l.Next.Do(ctx, grant, req)
}

// hostOf returns the host of a URL, which may be anything: a script wrote it.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}
