package runs

import (
	"context"
	"database/sql"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Node is a process that takes part.
type Node struct {
	ID, Name string
	Workers  int // 0: it executes no runs
	Running  int // runs that it executes
	Started  time.Time
	Seen     time.Time // its last heartbeat
}

const opNode = "report this node"

// missed is how many heartbeats a node may miss, counted in those of the node that watches it:
// a clock may jump, and a database that is down keeps all nodes from writing.
const missed = 5

// join makes this one of the nodes, or the only one.
func (r *Runs) join(ctx context.Context) error {
	if r.config.Alone {
		left, err := r.ids(ctx, r.db, opNode, "SELECT id FROM postern_runs_nodes")
		if err != nil {
			return err
		}
		removed, err := r.removedNodes(ctx)
		if err != nil {
			return err
		}
		for _, node := range append(left, removed...) {
			if err := r.removeNode(ctx, node); err != nil {
				return err
			}
		}
	}
	return r.register(ctx)
}

func (r *Runs) register(ctx context.Context) error {
	workers := 0
	if r.config.Execute != nil {
		workers = r.config.Workers
	}
	return r.writer.alone(ctx, opNode, func(ctx context.Context, tx *sql.Tx) error {
		_, err := r.exec(ctx, tx, opNode, `
			INSERT INTO postern_runs_nodes (id, name, workers, beat, started, seen) VALUES ($1, $2, $3, 1, {now}, {now})`,
			r.node, plain(r.config.Name), workers)
		return err
	})
}

// Nodes returns the nodes that are alive, or were a few seconds ago, the oldest first.
func (r *Runs) Nodes(ctx context.Context) ([]Node, error) {
	const op = "list nodes"
	rows, err := r.db.QueryContext(ctx, `
		SELECT n.id, n.name, n.workers, (SELECT count(*) FROM postern_runs r WHERE r.node = n.id AND r.node <> ''), n.started, n.seen
		FROM postern_runs_nodes n ORDER BY n.started, n.id`)
	if err != nil {
		return nil, r.db.Failed(ctx, op, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var nodes []Node
	for rows.Next() {
		var n Node
		var started, seen int64
		if err := rows.Scan(&n.ID, &n.Name, &n.Workers, &n.Running, &started, &seen); err != nil {
			return nil, r.db.Failed(ctx, op, "", err)
		}
		n.Started, n.Seen = database.Time(started), database.Time(seen)
		nodes = append(nodes, n)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, op, "", err)
	}
	return nodes, nil
}

// heartbeat is what a node knows of the heartbeats of others.
type heartbeat struct {
	runs  *Runs
	nodes map[string]*otherNode
}

type otherNode struct {
	beat      int64
	unchanged int // own heartbeats for which it has not changed
}

func (r *Runs) newHeartbeat() *heartbeat { return &heartbeat{r, make(map[string]*otherNode)} }

// beat shows that this node is alive, and takes runs from nodes that have stopped.
func (h *heartbeat) beat(ctx context.Context) error {
	r := h.runs
	alive := false
	err := r.writer.write(ctx, opNode, func(ctx context.Context, tx *sql.Tx) error {
		n, err := r.exec(ctx, tx, opNode, "UPDATE postern_runs_nodes SET beat = beat + 1, seen = {now} WHERE id = $1", r.node)
		alive = n > 0
		return err
	})
	if err != nil {
		return err
	}
	if !alive {
		r.cancelLost()
		if err := r.register(ctx); err != nil {
			return err
		}
	}
	if err := r.audit(ctx); err != nil {
		return err
	}
	stopped, err := h.stopped(ctx)
	if err != nil {
		return err
	}
	removed, err := r.removedNodes(ctx)
	if err != nil {
		return err
	}
	for _, node := range append(stopped, removed...) {
		if err := r.removeNode(ctx, node); err != nil {
			return err
		}
	}
	return nil
}

// stopped returns the nodes whose heartbeat has not changed for too long.
func (h *heartbeat) stopped(ctx context.Context) ([]string, error) {
	rows, err := h.runs.db.QueryContext(ctx, "SELECT id, beat FROM postern_runs_nodes WHERE id <> $1", h.runs.node)
	if err != nil {
		return nil, h.runs.db.Failed(ctx, opNode, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var stopped []string
	seen := make(map[string]*otherNode)
	for rows.Next() {
		var id string
		var beat int64
		if err := rows.Scan(&id, &beat); err != nil {
			return nil, h.runs.db.Failed(ctx, opNode, "", err)
		}
		n := h.nodes[id]
		if n == nil || n.beat != beat {
			n = &otherNode{beat: beat}
		} else if n.unchanged++; n.unchanged >= missed {
			stopped = append(stopped, id)
		}
		seen[id] = n
	}
	if err := rows.Err(); err != nil {
		return nil, h.runs.db.Failed(ctx, opNode, "", err)
	}
	h.nodes = seen
	h.runs.others.n.Store(int64(len(seen) - len(stopped)))
	return stopped, nil
}

// removedNodes returns the nodes that took runs after others had removed them.
func (r *Runs) removedNodes(ctx context.Context) (removed []string, err error) {
	err = r.byIndex(ctx, opNode, func(q querier) error {
		removed, err = r.ids(ctx, q, opNode, "SELECT DISTINCT node FROM postern_runs WHERE node <> '' AND node NOT IN (SELECT id FROM postern_runs_nodes)")
		return err
	})
	return removed, err
}

// removeNode removes a node that has ended.
func (r *Runs) removeNode(ctx context.Context, node string) error {
	var runs int64
	err := r.writer.alone(ctx, opNode, func(ctx context.Context, tx *sql.Tx) error {
		_, err := r.exec(ctx, tx, opNode, "DELETE FROM postern_runs_nodes WHERE id = $1", node)
		if err != nil {
			return err
		}
		runs, err = r.interruptedBy(ctx, tx, node, false)
		return err
	})
	if err == nil && runs > 0 {
		r.config.Log.Warn("runs: a node has ended without giving back its runs", "node", node, "runs", runs)
		r.someReady()
	}
	return err
}

// cancelLost cancels all executions: other nodes have removed this one, since they missed its
// heartbeats.
func (r *Runs) cancelLost() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.config.Log.Error("runs: other nodes have missed the heartbeats of this one, and taken its runs", "node", r.node, "runs", len(r.running))
	for _, x := range r.running {
		x.cancel(errLost)
	}
}

// audit queues again what the database says that this node executes, and it does not: it took
// the runs, and the reply of the database was lost.
func (r *Runs) audit(ctx context.Context) error {
	r.taking.Lock()
	defer r.taking.Unlock()
	ids, err := r.ids(ctx, r.db, opTake, "SELECT id FROM postern_runs WHERE node = $1 AND node <> ''", r.node)
	if err != nil {
		return err
	}
	var unknown []any
	r.mu.Lock()
	for _, id := range ids {
		if r.running[id] == nil {
			unknown = append(unknown, id)
		}
	}
	r.mu.Unlock()
	if len(unknown) == 0 {
		return nil
	}
	return r.writer.alone(ctx, opTake, func(ctx context.Context, tx *sql.Tx) error {
		_, err := r.exec(ctx, tx, opTake, `
			UPDATE postern_runs SET state = 'queued', node = '', token = token + 1, attempt = attempt - 1, due = {now}, turn = priority
			WHERE node = $1 AND node <> '' AND id IN (`+placeholders(2, len(unknown))+")", append([]any{r.node}, unknown...)...)
		return err
	})
}
