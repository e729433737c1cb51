package database

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/postern-dev/postern/hostapi"
)

// An outage lasts until nothing has failed by it for some time. One by which nothing at all can be done ends with the
// first transaction that succeeds; on a disk that is full, a small one may.
func TestOutageLasts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := &DB{Dialect: PostgreSQL, Name: "postgres://db"}
		fails := func(code string) error {
			return db.Failed(t.Context(), "write", "", &pgconn.PgError{Code: code, Message: "as it says"})
		}
		if err := fails("23505"); db.Outage() != nil {
			t.Errorf("an error of one statement is an outage: %v", err)
		}
		full := fails("53100")
		if OutageOf(full) != Full || full.Error() != "write postgres://db: the disk is full: as it says" || db.Outage() == nil {
			t.Fatalf("full: %v, outage %v", full, db.Outage())
		}
		db.outages.committed()
		if db.Outage() == nil {
			t.Error("the end of an outage by one transaction on a full disk")
		}
		time.Sleep(outageLasts + time.Second) //nolint:forbidigo // fake time
		if o := db.Outage(); o != nil {
			t.Errorf("it lasts: %v", o)
		}
		if err := fails("57P03"); OutageOf(err) != Unreachable || db.Outage() == nil {
			t.Errorf("unreachable: %v", err)
		}
		db.outages.committed()
		if o := db.Outage(); o != nil {
			t.Errorf("it lasts after a transaction: %v", o)
		}
	})
}

// The end of what bounds the use of a database is an outage, and that of a caller is not.
func TestNoResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := &DB{Dialect: PostgreSQL, Name: "postgres://db"}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		<-ctx.Done()
		if err := db.Failed(ctx, "read", "", ctx.Err()); OutageOf(err) != "" || hostapi.CodeOf(err) != hostapi.CodeTimeout || db.Outage() != nil {
			t.Errorf("of the caller: %v", err)
		}
		bounded, cancel := context.WithTimeoutCause(t.Context(), time.Second, NoResponse(time.Second))
		defer cancel()
		<-bounded.Done()
		err := db.Failed(bounded, "read", "", bounded.Err())
		if OutageOf(err) != Unreachable || err.Error() != "read postgres://db: the database has not responded for 1s" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("of the database: %v", err)
		}
	})
}
