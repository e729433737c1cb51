package accounts

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// SignIn returns the user with that email address and password. The error matches
// [ErrCredentials] whether the address, the password or the user's state is the reason,
// and after too many failures it is one with [hostapi.CodeOverloaded] and a RetryAfter,
// for unknown email addresses as for known ones. The zero address is not counted.
func (a *Accounts) SignIn(ctx context.Context, email, password string, address netip.Addr) (User, error) {
	const op = "sign in"
	attempts := attemptsOf(normal(email), address)
	if err := a.count(ctx, op, attempts); err != nil {
		return User{}, err
	}
	wrong := refused(op, "", ErrCredentials, ErrCredentials.Error(), "")
	var id, stored string
	err := a.db.QueryRowContext(ctx, "SELECT id, password FROM postern_accounts_users WHERE email = $1", normal(email)).Scan(&id, &stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return User{}, a.db.Failed(ctx, op, "", err)
	}
	if len(password) > maxPassword {
		return User{}, wrong
	}
	switch ok, err := a.verify(ctx, password, stored); {
	case err != nil:
		return User{}, err
	case !ok:
		return User{}, wrong
	}
	var u User
	err = a.db.InTx(ctx, op, func(tx *sql.Tx) error {
		if u, err = a.user(ctx, tx, op, id); errors.Is(err, ErrNotFound) || err == nil && u.Disabled {
			return wrong
		} else if err != nil {
			return err
		}
		if err := a.seen(ctx, tx, op, &u); err != nil {
			return err
		}
		for _, at := range attempts {
			if _, err := tx.ExecContext(ctx, at.undo(), at.hash); err != nil {
				return a.db.Failed(ctx, op, "", err)
			}
		}
		return nil
	})
	return u, err
}

// seen notes that a user has signed in now, by a password or by a link that sets one.
func (a *Accounts) seen(ctx context.Context, tx *sql.Tx, op string, u *User) error {
	u.SignedIn = time.Now().UTC().Truncate(time.Millisecond)
	if _, err := tx.ExecContext(ctx, "UPDATE postern_accounts_users SET seen = $1 WHERE id = $2", database.Millis(u.SignedIn), u.ID); err != nil {
		return a.db.Failed(ctx, op, "", err)
	}
	return nil
}

// attempt is one way to count failures.
type attempt struct {
	hash    string
	free    int  // failures without a delay
	forgets bool // on success; otherwise one who has an account could guess others' passwords
}

// attemptsOf returns what an attempt is counted under: the pair of email address and
// network address, either alone with more patience, so that a stranger cannot easily
// lock a user out.
func attemptsOf(email string, address netip.Addr) []attempt {
	const pair, byAddress, byEmail = 5, 30, 100
	attempts := []attempt{{digest("email", email), byEmail, true}}
	if address.IsValid() {
		from := Network(address).String()
		attempts = append(attempts, attempt{digest("address", from), byAddress, false}, attempt{digest("pair", from+" "+email), pair, true})
	}
	// The same order for all, so that transactions do not wait for each other in a circle.
	slices.SortFunc(attempts, func(a, b attempt) int { return cmp.Compare(a.hash, b.hash) })
	return attempts
}

// Network returns the first address of the network that one subscriber has: that of
// IPv4 is the address itself, one of IPv6 has a prefix of 64 bits.
func Network(address netip.Addr) netip.Addr {
	const bits = 64
	if address = address.Unmap().WithZone(""); address.Is6() {
		return netip.PrefixFrom(address, bits).Masked().Addr()
	}
	return address
}

func (at attempt) undo() string {
	if at.forgets {
		return "DELETE FROM postern_accounts_attempts WHERE hash = $1"
	}
	return "UPDATE postern_accounts_attempts SET failures = failures - 1, until = 0 WHERE hash = $1"
}

// delay returns how long the next attempt has to wait after that many.
func (at attempt) delay(failures int) time.Duration {
	const shortest, longest, steps = 10 * time.Second, 10 * time.Minute, 6
	if failures < at.free {
		return 0
	}
	return min(longest, shortest<<min(failures-at.free, steps))
}

// attemptsKept is how long an attempt counts.
const attemptsKept = 24 * time.Hour

// count counts an attempt as failed, before its password is looked at: those at the same
// time count too. It fails if one has to wait.
func (a *Accounts) count(ctx context.Context, op string, attempts []attempt) error {
	var wait time.Duration
	err := a.db.InTx(ctx, op, func(tx *sql.Tx) error {
		now := time.Now()
		for _, at := range attempts {
			var failures int
			var until int64
			err := tx.QueryRowContext(ctx, `INSERT INTO postern_accounts_attempts AS a (hash, failures, last, until) VALUES ($1, 1, $2, 0)
				ON CONFLICT (hash) DO UPDATE SET failures = CASE WHEN a.last < $3 THEN 1 ELSE a.failures + 1 END, last = $2
				RETURNING failures, until`, at.hash, database.Millis(now), database.Millis(now.Add(-attemptsKept))).Scan(&failures, &until)
			if err != nil {
				return a.db.Failed(ctx, op, "", err)
			}
			if left := database.Time(until).Sub(now); left > 0 {
				wait = max(wait, left)
				continue
			}
			delay := at.delay(failures)
			if delay == 0 {
				continue
			}
			_, err = tx.ExecContext(ctx, "UPDATE postern_accounts_attempts SET until = $1 WHERE hash = $2",
				database.Millis(now.Add(delay)), at.hash)
			if err != nil {
				return a.db.Failed(ctx, op, "", err)
			}
		}
		if wait > 0 {
			return errWait
		}
		return nil
	})
	if errors.Is(err, errWait) {
		return &hostapi.Error{
			Code: hostapi.CodeOverloaded, Op: op, Message: "too many attempts", Hint: "try again later", RetryAfter: wait,
		}
	}
	return err
}

var errWait = errors.New("wait") // rolls the transaction back: who has to wait is not counted
