package database

import (
	"context"
	"errors"
)

// Listen calls heard with the payload of each notification on a channel of PostgreSQL, until ctx ends or
// the connection breaks, which is the error. It holds one connection of the pool. First it calls began:
// what was notified before is not heard.
func (db *DB) Listen(ctx context.Context, channel string, began func(), heard func(payload string)) error {
	const op = "listen"
	conn, err := db.Conn(ctx)
	if err != nil {
		return db.Failed(ctx, op, "", err)
	}
	defer conn.Close() //nolint:errcheck // it has ended
	err = conn.Raw(func(driver any) error {
		held, ok := driver.(*postgresConn)
		if !ok {
			return errors.New("only PostgreSQL notifies")
		}
		pg := held.Conn.Conn()
		defer pg.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the next user of the pool must not get notifications
		if _, err := pg.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		began()
		for {
			n, err := pg.WaitForNotification(ctx)
			if err != nil {
				return err
			}
			heard(n.Payload)
		}
	})
	return db.Failed(ctx, op, "", err)
}
