package server

import (
	"slices"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Tenant is what the tasks of one tenant may use. Zero fields are no bound of the tenant.
type Tenant struct {
	Running int            // runs in progress at once, on all nodes together
	Queued  int            // queued runs
	Limits  hostapi.Limits // of each run, within those of the server
}

// everyTenant is the name of the table for tenants that have none.
const everyTenant = "*"

// Tenants are the tenants by name. Those that are not among them have the bounds of "*".
type Tenants map[string]Tenant

// limits returns the limits of a run of a tenant; "" is no tenant.
func (t Tenants) limits(tenant string) hostapi.Limits {
	if tenant == "" {
		return hostapi.Limits{}
	}
	if own, ok := t[tenant]; ok {
		return own.Limits
	}
	return t[everyTenant].Limits
}

// bounds returns the bounds of runs, by tenant and of every other one.
func (t Tenants) bounds() (of map[string]runs.TenantBounds, others runs.TenantBounds) {
	of = make(map[string]runs.TenantBounds, len(t))
	for name, tenant := range t {
		of[name] = runs.TenantBounds{Running: tenant.Running, Queued: tenant.Queued}
	}
	return of, of[everyTenant]
}

// readTenants reads the table tenants, which has a table for each.
func readTenants(table *stricttoml.Table) Tenants {
	tenants := make(Tenants)
	for _, name := range table.Keys() {
		if name != everyTenant && !catalog.IsName(name) {
			table.Fail(name, "is not the name of a tenant", `use at most 100 letters, digits, dots, hyphens and underscores, or "*" for all others`)
			continue
		}
		t := table.Table(name)
		t.Only("running", "queued", "limits")
		tenant := Tenant{Running: bound(t, "running"), Queued: bound(t, "queued")}
		readLimits(t.Table("limits"), &tenant.Limits)
		tenants[name] = tenant
	}
	return tenants
}

func bound(t *stricttoml.Table, key string) int {
	n, ok := stricttoml.Value[int64](t, key, "a whole number")
	if ok && n < 1 {
		t.Fail(key, "is less than 1", "leave it out for no bound")
	}
	return int(n)
}

// readLimits reads a table of limits.
func readLimits(t *stricttoml.Table, to *hostapi.Limits) {
	t.Only(limit.Names()...)
	for _, name := range t.Keys() {
		if value, ok := t.Any(name); ok && slices.Contains(limit.Names(), name) {
			if err := limit.Set(to, name, value); err != nil {
				t.FailWith(name, err)
			}
		}
	}
}
