package load_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/store"
)

// service is what a program with many tenants is made of: one engine, one pool of network
// connections and one store, and a Manager for each tenant.
type service struct {
	provider *connectiontest.Server
	fetched  fetches
	gate     gate
	store    *store.Store
	network  *egress.Client
	engine   *runtime.Engine
	scripts  []*script
	tenants  []*tenant
}

const tenants = 20

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{fetched: fetches{count: make(map[string]int)}, gate: gate{arrived: make(chan struct{})}}
	s.gate.close()
	provider := &connectiontest.Provider{Clients: make(map[string]string), Bend: func(w http.ResponseWriter, r *http.Request) bool {
		switch r.URL.Path {
		case "/token":
			s.fetched.add(r)
		case "/wait":
			if s.gate.wait(r.Context()) == nil { // otherwise the client has gone
				_, _ = w.Write([]byte("{}"))
			}
			return true
		}
		return false
	}}
	for i := range tenants {
		s.tenants = append(s.tenants, &tenant{name: fmt.Sprint("tenant", i)})
		for _, kind := range []string{"kept", "changed"} {
			provider.Clients[s.tenants[i].name+"-"+kind] = "a-secret"
		}
	}
	var err error
	if s.provider, err = connectiontest.Start("", provider); err != nil {
		t.Fatal(err)
	}
	s.store, err = store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "load.db"), Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	s.network = egress.New(egress.Config{})
	s.engine = runtime.New(runtime.Config{
		Connector: connector{},
		Limits:    hostapi.Limits{Time: time.Hour, RequestTime: time.Hour},
		Modules: []runtime.Module{{Name: "load", Functions: map[string]runtime.Function{
			"arrive": func(context.Context, runtime.Call) (any, error) { s.gate.arrive(); return nil, nil },
			"wait":   func(ctx context.Context, _ runtime.Call) (any, error) { return nil, s.gate.wait(ctx) },
		}}},
	})
	for _, p := range short {
		s.scripts = append(s.scripts, &script{program: p})
		if err := s.reload(t.Context(), s.scripts[len(s.scripts)-1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, tenant := range s.tenants {
		if err := s.swap(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		if _, err := tenant.current.Load().manager.Token(t.Context(), "kept", 0); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// shutdown ends the service: its tasks until the end of ctx, and then what they use.
func (s *service) shutdown(ctx context.Context) (engine, rest error) {
	engine = s.engine.Shutdown(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	var errs []error
	for _, t := range s.tenants {
		errs = append(errs, t.current.Load().manager.Close(ctx))
	}
	s.network.Close()
	return engine, errors.Join(append(errs, s.store.Close(), s.provider.Close())...) //nolint:contextcheck // they bound themselves what they wait
}

// tenant has the Manager of a tenant, which is replaced while tasks use it.
type tenant struct {
	name       string
	replacing  sync.Mutex
	generation int // of its connection "changed"
	current    atomic.Pointer[member]
}

// member is a Manager that can be closed once no task uses it.
type member struct {
	manager *connection.Manager
	using   sync.RWMutex
	closed  bool
}

// use returns the member that a task is to use, and a function that ends the use.
func (t *tenant) use() (*member, func()) {
	for {
		m := t.current.Load()
		m.using.RLock()
		if !m.closed {
			return m, m.using.RUnlock
		}
		m.using.RUnlock()
	}
}

// set returns the connections of a tenant. One of them is not the same in two generations.
func (s *service) set(t *tenant) (*connection.Set, error) {
	t.generation++
	definition := func(kind string) connection.Definition {
		return connection.Definition{
			Grant: "client_credentials", TokenEndpoint: s.provider.URL + "/token", Hosts: []string{s.provider.Host()},
			ClientID: t.name + "-" + kind, ClientSecret: []connection.Secret{connection.SecretValue("a-secret")},
		}
	}
	changed := definition("changed")
	changed.Scopes = []string{fmt.Sprint("generation", t.generation)}
	return connection.NewSet(map[string]connection.Definition{"kept": definition("kept"), "changed": changed}, connection.ParseOptions{})
}

// swap replaces the Manager of a tenant by a new one, and closes the old one once no task
// uses it.
func (s *service) swap(ctx context.Context, t *tenant) error {
	t.replacing.Lock()
	defer t.replacing.Unlock()
	set, err := s.set(t)
	if err != nil {
		return err
	}
	next, err := connection.NewManager(connection.Config{Set: set, Egress: s.network, Store: s.store, Namespace: t.name})
	if err != nil {
		return err
	}
	old := t.current.Swap(&member{manager: next})
	if old == nil {
		return nil
	}
	old.using.Lock()
	defer old.using.Unlock()
	old.closed = true
	return old.manager.Close(ctx)
}

// replace replaces the connections of a tenant's Manager, also for tasks that use it.
func (s *service) replace(t *tenant) error {
	t.replacing.Lock()
	defer t.replacing.Unlock()
	set, err := s.set(t)
	if err != nil {
		return err
	}
	return t.current.Load().manager.Replace(set)
}

// script is a program whose source is replaced while tasks run it.
type script struct {
	program   program
	replacing sync.Mutex
	next      int // generation
	current   atomic.Pointer[compiled]
}

type compiled struct {
	*runtime.Script

	generation int
}

// reload compiles the next generation of a script, and forgets the current one.
func (s *service) reload(ctx context.Context, of *script) error {
	of.replacing.Lock()
	defer of.replacing.Unlock()
	of.next++
	c, err := s.engine.Compile(ctx, runtime.Source{Name: of.program.name, Code: of.program.source(of.next)})
	if err != nil {
		return err
	}
	if old := of.current.Swap(&compiled{c, of.next}); old != nil {
		s.engine.Forget(old.Script)
	}
	return nil
}

// managerKey is the key of the Manager in the context of a run.
type managerKey struct{}

// connector passes on what a task asks for to the Manager that the context of its run has.
type connector struct{ hostapi.BaseConnector }

func of(ctx context.Context) hostapi.Connector {
	if m, ok := ctx.Value(managerKey{}).(*connection.Manager); ok {
		return m
	}
	return hostapi.BaseConnector{}
}

func (connector) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	return of(ctx).OAuth2Token(ctx, grant, name)
}

func (connector) AuthSetting(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	return of(ctx).AuthSetting(ctx, grant, name)
}

func (connector) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	return of(ctx).Do(ctx, grant, req)
}

// fetches counts the token requests of each client.
type fetches struct {
	mu    sync.Mutex
	count map[string]int
}

func (f *fetches) of(client string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count[client]
}

func (f *fetches) add(r *http.Request) {
	client, _, _ := r.BasicAuth()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count[client]++
}

// gate holds tasks, in a request or in a function, until it is opened.
type gate struct {
	mu      sync.Mutex
	opened  chan struct{}
	arrived chan struct{} // one element for each task that has arrived
}

// close lets the gate hold what arrives.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.opened)
}

func (g *gate) arrive() { g.arrived <- struct{}{} }

func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	g.arrive()
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// await returns when n tasks have arrived.
func (g *gate) await(n int) {
	for range n {
		<-g.arrived
	}
}
