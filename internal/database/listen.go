package database

import (
	"context"
)

// Listen calls heard with the payload of each notification on a channel of PostgreSQL, until ctx ends or
// the connection breaks, which is the error. First it calls began: what was notified before is not heard. The
// connection is not one of the pool, and says nothing of an [Outage].
func (db *DB) Listen(ctx context.Context, channel string, began func(), heard func(payload string)) error {
	const op = "listen"
	conn, err := db.connect(ctx)
	if err != nil {
		return db.explained(ctx, op, "", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it has ended
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return db.explained(ctx, op, "", err)
	}
	began()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return db.explained(ctx, op, "", err)
		}
		heard(n.Payload)
	}
}
