package main

import (
	"context"
	"database/sql"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// counters is a module that gives scripts counter.next(name): the next number of a counter
// of their tenant, in the database of the service.
func counters(db *sql.DB) runtime.Module {
	next := func(ctx context.Context, call runtime.Call) (any, error) {
		if len(call.Args) == 1 {
			if name, ok := call.Args[0].(string); ok {
				var n int64
				row := db.QueryRowContext(ctx, `INSERT INTO counters VALUES (?, ?, 1)
					ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n`, call.Grant.Identity.Tenant, name)
				err := row.Scan(&n)
				return n, err
			}
		}
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "needs the name of a counter"}
	}
	return runtime.Module{
		Name: "counter", Functions: map[string]runtime.Function{"next": next},
		Types: "declare const counter: { next(name: string): number };",
	}
}
