package runs

import (
	"encoding/json"
	"maps"
)

// task is what bounds of tasks are about.
type task struct{ tenant, name string }

// queue is where a run waits together with those that have the same bounds: none of them may
// begin before the one at its head. Its JSON is in the column queue, so that the heads of all queues
// are found without reading what waits behind them.
type queue struct {
	Tenant string `json:"tenant,omitempty"`
	Task   string `json:"task,omitempty"` // empty: of tasks without bounds
	Slots  int    `json:"slots,omitempty"`
	Rate   Rate   `json:"rate,omitzero"`
}

func (q *queue) task() task { return task{q.Tenant, q.Task} }

// queueOf returns the queue of a run. One that has begun, and goes on after a wait, is no longer
// bounded by the rate.
func queueOf(q *Request, hasBegun bool) queue {
	of := queue{Tenant: q.Tenant, Slots: q.Concurrency, Rate: q.Rate}
	if hasBegun {
		of.Rate = Rate{}
	}
	if of.Slots > 0 || of.Rate.Runs > 0 {
		of.Task = q.Task
	}
	return of
}

func (q queue) key() (string, error) {
	encoded, err := json.Marshal(q)
	return string(encoded), err
}

// place is the place of a run in its queue.
type place struct {
	turn, due int64
	id        string
}

func (p place) before(other place) bool {
	switch {
	case p.turn != other.turn:
		return p.turn < other.turn
	case p.due != other.due:
		return p.due < other.due
	}
	return p.id < other.id
}

// busy counts the runs in progress on all nodes.
type busy struct {
	tasks   map[task]int
	tenants map[string]int
}

// waitingQueue is a queue with runs that are ready.
type waitingQueue struct {
	queue

	key  string
	left int     // how many may begin by its rate, if it has one
	runs []place // from its head; more may follow
}

// turns chooses the runs that begin, one after the other. Tenants take turns: the one with the fewest
// runs in progress is next, of several with as many the one whose last turn was longest ago. Of one
// tenant, runs begin by priority, and then by time.
type turns struct {
	queues []*waitingQueue
	busy   busy
	bounds func(tenant string) TenantBounds
	served *served
}

// served says which tenants had the last turns of this node.
type served struct {
	n    int64
	last map[string]int64 // by tenant, in the order of n
}

// next takes the run that begins next from its queue, and returns both; nil if none may begin.
func (t *turns) next() (from *waitingQueue, run place) {
	for _, q := range t.queues {
		if t.mayBegin(q) && (from == nil || t.before(q, from)) {
			from = q
		}
	}
	if from == nil {
		return nil, place{}
	}
	run, from.runs = from.runs[0], from.runs[1:]
	t.busy.tasks[from.task()]++
	t.busy.tenants[from.Tenant]++
	t.served.n++
	t.served.last[from.Tenant] = t.served.n
	if from.Rate.Runs > 0 {
		for _, q := range t.queues { // another version of the task may have another rate
			if q.task() == from.task() {
				q.left--
			}
		}
	}
	return from, run
}

func (t *turns) mayBegin(q *waitingQueue) bool {
	bound := t.bounds(q.Tenant).Running
	return len(q.runs) > 0 &&
		(q.Rate.Runs == 0 || q.left > 0) &&
		(q.Slots == 0 || q.Slots > t.busy.tasks[q.task()]) &&
		(bound == 0 || bound > t.busy.tenants[q.Tenant])
}

func (t *turns) before(a, b *waitingQueue) bool {
	if a.Tenant != b.Tenant {
		if n, m := t.busy.tenants[a.Tenant], t.busy.tenants[b.Tenant]; n != m {
			return n < m
		}
		if n, m := t.served.last[a.Tenant], t.served.last[b.Tenant]; n != m {
			return n < m
		}
	}
	return a.runs[0].before(b.runs[0])
}

// forget forgets the turns of tenants for which nothing waits.
func (t *turns) forget() {
	waits := make(map[string]bool, len(t.queues))
	for _, q := range t.queues {
		waits[q.Tenant] = true
	}
	maps.DeleteFunc(t.served.last, func(tenant string, _ int64) bool { return !waits[tenant] })
}
