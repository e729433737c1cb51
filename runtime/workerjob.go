package runtime

import (
	"fmt"
	"slices"
	"time"

	"github.com/postern-dev/postern/internal/ring"
	"github.com/postern-dev/postern/internal/wire"
)

// graceTime is how long a job may take to end after its context, before its worker is
// killed: most end by themselves, and tell where the script was.
const graceTime = 150 * time.Millisecond

// job is the engine's side of a job of a worker. Whatever the worker says, it is the run
// that decides: the worker has neither rights nor secrets.
type job struct {
	run      *run // nil: the job makes no calls
	context  *taskContext
	order    *order
	scripts  []jobScript
	declared *declaration // of the task; nil: none

	worker *ring.Worker
	codec  *wire.Codec
	most   int // bytes of a frame of the worker
	began  bool
	failed []error // that were sent to the worker
	files  fileTable
}

// jobScript is a script that a job needs.
type jobScript struct {
	key     cacheKey
	program *jsProgram // nil: source has it
	source  Source
}

// codec is that of all jobs of a process.
var codec = wire.New(maxFrame, nil) //nolint:gochecknoglobals // immutable

// do sends the order to a worker and serves it until it reports. The error is a
// *hostapi.Error.
func (j *job) do(w *Workers) (*report, error) {
	op := j.op()
	pool := w.running(j.order.Kind == compileModule)
	if pool == nil {
		return nil, errClosed(op)
	}
	limits := &j.order.Limits
	j.most = j.frameBytes()
	j.codec = codec.With(&j.files, maxFrame)
	for try := 0; ; try++ {
		var err error
		if j.worker, err = pool.Get(j.context, j.knows); err != nil {
			if j.context.Err() != nil {
				return nil, contextual(j.context, op, "", err)
			}
			return nil, workersError(op, err)
		}
		j.worker.Begin(j.context, ring.Limits{Memory: max(limits.Memory, 0), Grace: j.grace()})
		out, err := j.exchange()
		if j.run != nil {
			j.run.computed = j.worker.CPU()
		}
		if err == nil {
			j.worker.Put()
			return out, nil
		}
		death := j.worker.Discard(err)
		const tries = 3
		if !j.began && death.Reason == ring.Exited && j.context.Err() == nil && try < tries {
			continue // it had died while it was idle
		}
		return nil, j.died(op, death, err)
	}
}

// frameBytes bounds what a worker may send at once: all data that a task may write, and a
// request.
func (j *job) frameBytes() int {
	const (
		other = 4 << 20
		most  = maxFrame / 4
	)
	l := &j.order.Limits
	if j.order.Kind == compileModule {
		return other + codeBytes(len(j.scripts[0].source.Code))
	}
	n := other + min(max(l.RequestBytes, 0), most) + min(2*max(min(l.DataBytes, most), 0), most) + min(max(l.LogBytes, 0), most)
	return int(min(n, maxFrame))
}

// grace is how long the job may take to end by itself after its context. No compiler can be interrupted.
func (j *job) grace() time.Duration {
	if j.op() == "compile" {
		return 0
	}
	return graceTime
}

func (j *job) op() string {
	switch j.order.Kind {
	case compileScript, compileModule:
		return "compile"
	case runTask:
		return "run"
	}
	return "test"
}

// known is what the engine knows of a worker: the scripts that it has, and the data items that
// it was sent last.
type known struct {
	scripts  map[cacheKey]struct{}
	declared *declaration
}

// knownBy returns what is known of a worker, which is nothing of a new one.
func knownBy(w *ring.Worker) known {
	k, _ := w.State.(known)
	return k
}

func (j *job) knows(w *ring.Worker) bool {
	k := knownBy(w)
	return !slices.ContainsFunc(j.scripts, func(s jobScript) bool { _, ok := k.scripts[s.key]; return !ok })
}

// ship adds the scripts and the data items to the order, all or those that the worker lacks.
func (j *job) ship(all bool) {
	const most = 10_000 // that it does not have them any more costs little
	k := knownBy(j.worker)
	if k.scripts == nil || len(k.scripts) > most {
		k.scripts = make(map[cacheKey]struct{})
	}
	if d := j.declared; d != nil {
		t := j.order.Task
		t.Items, t.SameItems = nil, d == k.declared && !all
		if !t.SameItems {
			t.Items, k.declared = d.items, d
		}
	}
	j.worker.State = k
	j.order.Scripts = make([]shipment, len(j.scripts))
	for i, s := range j.scripts {
		out := &j.order.Scripts[i]
		out.Key = string(s.key[:])
		if _, ok := k.scripts[s.key]; ok && !all {
			continue
		}
		source := s.source
		if s.program != nil {
			source = s.program.source()
		}
		if source.Code == nil {
			source.Code = []byte{}
		}
		out.Name, out.Code, out.Legacy = source.Name, source.Code, source.Legacy
		k.scripts[s.key] = struct{}{}
	}
}

// send sends a message to the worker.
func (j *job) send(message any) error {
	return j.worker.Send(func(frame []byte) ([]byte, error) { return j.codec.AppendTo(frame, message) })
}

func (j *job) exchange() (*report, error) {
	j.ship(false)
	j.order.Time = time.Until(j.context.deadline)
	if err := j.send(j.order); err != nil {
		return nil, err
	}
	for shipped := false; ; {
		frame, err := j.worker.Receive(j.most)
		if err != nil {
			return nil, err
		}
		j.began = true
		var c call
		if err := j.codec.With(&j.files, j.most).Decode(frame, &c); err != nil {
			return nil, err
		}
		if !j.expects(&c) || c.Op == opMissing && shipped {
			return nil, fmt.Errorf("call %d is not one of this job", c.Op)
		}
		if err := j.apply(c.Writes); err != nil {
			return nil, err
		}
		switch c.Op {
		case opEnd:
			return c.Report, nil
		case opMissing:
			shipped = true
			j.ship(true)
			err = j.send(j.order)
		case opFlush:
		default:
			err = j.answer(&c)
		}
		if err != nil {
			return nil, err
		}
	}
}
