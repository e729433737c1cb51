package ring_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/postern-dev/postern/internal/ring"
)

func TestMain(m *testing.M) {
	ring.Main(func() {}, obey)
	os.Exit(m.Run())
}

// obey is a worker that does what it is told.
func obey(c *ring.Conn, interrupts <-chan os.Signal, _ int64) {
	for {
		frame, err := c.Receive(64 << 20)
		if err != nil {
			return
		}
		word, rest, _ := strings.Cut(string(frame), " ")
		switch word {
		case "pid":
			rest = strconv.Itoa(os.Getpid())
		case "processors":
			rest = strconv.Itoa(goruntime.GOMAXPROCS(0))
		case "environment":
			rest = fmt.Sprintf("%q %q", os.Args, os.Environ())
		case "attempts":
			n, _ := strconv.Atoi(rest)
			rest = attempts(n)
		case "spin":
			for { //nolint:staticcheck // that is what it is for
			}
		case "compute":
			for began := cpuTime(); cpuTime() < began+computes; {
			}
		case "interrupt":
			_ = send(c, []byte("ready"))
			<-interrupts
			rest = "interrupted"
		case "allocate":
			n, _ := strconv.Atoi(rest)
			b := bytes.Repeat([]byte("x"), n)
			rest = strconv.Itoa(len(b))
		case "reserve":
			n, _ := strconv.Atoi(rest)
			rest = strconv.Itoa(len(make([]byte, n)))
		case "recurse":
			rest = strconv.Itoa(recurse(1))
		case "die":
			_, _ = os.Stderr.WriteString(rest)
			os.Exit(3)
		case "close input":
			_ = syscall.Close(3)
			select {}
		case "close output":
			_ = syscall.Close(4)
			select {}
		case "half":
			_, _ = syscall.Write(4, []byte("\x00\x00\x10\x00x"))
			for { //nolint:staticcheck // as above
			}
		case "flood":
			for {
				if send(c, make([]byte, 1<<10)) != nil {
					return
				}
			}
		}
		if send(c, []byte(rest)) != nil {
			return
		}
	}
}

// computes is how long a worker computes that is told to.
const computes = 50 * time.Millisecond

// cpuTime returns the CPU time of this process.
func cpuTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

func recurse(n int) int {
	var pad [1000]byte
	return recurse(n+1) + int(pad[n%len(pad)]) //nolint:staticcheck // that is what it is for
}

// attempts tries what a worker must not be able to do, and returns what worked.
func attempts(descriptor int) string {
	var b strings.Builder
	try := func(what string, err error) {
		if err == nil {
			b.WriteString(what + "\n")
		}
	}
	_, err := os.ReadFile("/etc/passwd")
	try("read a file", err)
	try("write a file", os.WriteFile("/tmp/postern-worker-was-here", nil, 0o600))
	_, err = os.ReadDir("/")
	try("list a folder", err)
	_, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	try("make a socket", err)
	_, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	try("make a local socket", err)
	_, err = os.StartProcess("/proc/self/exe", []string{"x"}, &os.ProcAttr{})
	try("start a process", err)
	try("become a program", syscall.Exec("/bin/true", []string{"true"}, nil))
	try("signal the parent", syscall.Kill(os.Getppid(), 0))
	try("trace the parent", syscall.PtraceAttach(os.Getppid()))
	try("change its user", syscall.Setuid(0))
	try("use an inherited file", syscall.Close(descriptor))
	_, err = syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_EXEC, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	try("run new code", err)
	return b.String()
}

var small = ring.Limits{Memory: 32 << 20, Grace: 20 * time.Millisecond} //nolint:gochecknoglobals // never changed

func newPool(t *testing.T, c ring.Config) *ring.Pool {
	t.Helper()
	c.Workers, c.Uses, c.Idle = max(c.Workers, 1), cmp.Or(c.Uses, 1000), time.Minute
	p := ring.New(c)
	t.Cleanup(p.Close)
	return p
}

func take(t *testing.T, p *ring.Pool, l ring.Limits) *ring.Worker {
	t.Helper()
	w, err := p.Get(t.Context(), func(*ring.Worker) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	w.Begin(t.Context(), l)
	return w
}

func ask(w *ring.Worker, command string) (string, error) {
	if err := send(w.Conn, []byte(command)); err != nil {
		return "", err
	}
	answer, err := w.Receive(64 << 20)
	return string(answer), err
}

// The CPU time of a job is what its worker has computed since it began.
func TestCPU(t *testing.T) {
	t.Parallel()
	p := newPool(t, ring.Config{})
	for job, least := range []time.Duration{0, computes, 0} {
		w := take(t, p, small)
		if _, err := ask(w, map[bool]string{true: "compute", false: "pid"}[least > 0]); err != nil {
			t.Fatal(err)
		}
		if cpu := w.CPU(); cpu < least || cpu <= 0 || least == 0 && cpu >= computes {
			t.Errorf("job %d: %v, want %v or a little more", job, cpu, least)
		}
		w.Put()
	}
}

// A job does not allocate while the collector of its worker waits for a processor.
func TestOneProcessor(t *testing.T) {
	t.Parallel()
	w := take(t, newPool(t, ring.Config{}), small)
	defer w.Put()
	if got, err := ask(w, "processors"); got != "1" || err != nil {
		t.Errorf("a worker computes on %s processors, %v", got, err)
	}
}

// A worker has nothing of its parent but the connection.
func TestWorkerHasNothing(t *testing.T) {
	t.Setenv("POSTERN_SECRET", "secret")
	file, err := os.Create(filepath.Join(t.TempDir(), "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()                                             //nolint:errcheck // nothing was written
	const free = 100                                               // a number that the worker does not use itself
	inherited, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD, free) // which exec does not close
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited) //nolint:errcheck // as above
	p := newPool(t, ring.Config{Workers: 2})
	w := take(t, p, small)
	if got, err := ask(w, "environment"); err != nil || got != `["postern-worker"] []` {
		t.Errorf("arguments and environment %s, %v", got, err)
	}
	protection, err := p.Protection(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("protection: %+v", protection)
	got, err := ask(w, fmt.Sprintf("attempts %d", inherited))
	if err != nil || got != "" && protection.Seccomp {
		t.Errorf("the worker can\n%s%v", got, err)
	}
	pid, err := ask(w, "pid")
	if err != nil {
		t.Fatal(err)
	}
	if dir, err := os.Readlink("/proc/" + pid + "/cwd"); err == nil && dir != "/" {
		t.Errorf("its folder is %s", dir)
	}
	for _, name := range protection.Namespaces {
		ours, err := os.Readlink("/proc/self/ns/" + name)
		theirs, failed := os.Readlink("/proc/" + pid + "/ns/" + name)
		if err == nil && failed == nil && ours == theirs {
			t.Errorf("it is in our namespace %s", name)
		}
	}
	w.Put()
}

// A process whose memory others may not read has workers with namespaces too, and stays one.
func TestWorkersOfAHiddenProcess(t *testing.T) { //nolint:paralleltest // it changes the process
	p := newPool(t, ring.Config{Workers: 1})
	usual, err := p.Protection(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) }() // as it was
	hidden, err := newPool(t, ring.Config{Workers: 1}).Protection(t.Context())
	if err != nil || !slices.Equal(hidden.Namespaces, usual.Namespaces) {
		t.Errorf("namespaces %q, %v, want %q", hidden.Namespaces, err, usual.Namespaces)
	}
	if now, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || now != 0 {
		t.Errorf("%d, %v: the memory can be read now", now, err)
	}
}

func TestWorkersAreUsedAgain(t *testing.T) {
	t.Parallel()
	p := newPool(t, ring.Config{Uses: 3})
	pids := make(map[string]int)
	for range 6 {
		w := take(t, p, small)
		pid, err := ask(w, "pid")
		if err != nil {
			t.Fatal(err)
		}
		pids[pid]++
		w.Put()
	}
	if len(pids) != 2 {
		t.Errorf("jobs by process: %v, want 3 of each of two", pids)
	}
}

// While other jobs need the processors, one that computes for long gives way to them, and its worker is not used
// again, since it could not have its priority back.
func TestHeavyJobGivesWay(t *testing.T) {
	t.Parallel()
	jobs := max(2, goruntime.NumCPU())
	p := newPool(t, ring.Config{Workers: jobs})
	var workers []*ring.Worker
	var pids []string
	for range jobs {
		w := take(t, p, small)
		pid, err := ask(w, "pid")
		if err != nil {
			t.Fatal(err)
		}
		workers, pids = append(workers, w), append(pids, pid)
	}
	if _, err := ask(workers[0], "compute"); err != nil {
		t.Fatal(err)
	}
	own := niceValues(t, "self")[0]
	for i, pid := range pids {
		want := own
		if i == 0 {
			want = min(own+10, 19)
		}
		if got := niceValues(t, pid); slices.Min(got) != want || slices.Max(got) != want {
			t.Errorf("job %d: nice values of its threads %d, want %d", i, got, want)
		}
	}
	for _, w := range workers {
		w.Put()
	}
	if n := p.Idle(); n != jobs-1 {
		t.Errorf("%d workers are kept, want %d", n, jobs-1)
	}
	w := take(t, p, small) // it is alone
	if _, err := ask(w, "compute"); err != nil {
		t.Fatal(err)
	}
	if w.Put(); p.Idle() != jobs-1 {
		t.Errorf("%d workers are kept after a job that was alone, want %d", p.Idle(), jobs-1)
	}
}

// niceValues returns the nice values of the threads of a process.
func niceValues(t *testing.T, pid string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/" + pid + "/task/*/stat")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %d threads", err, len(files))
	}
	var values []int
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		const nice = 19 - 3 // proc_pid_stat(5), without those up to the name
		value, err := strconv.Atoi(fields[nice])
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	return values
}

// Each way to exceed a limit ends the worker, with the reason, and the next job has another.
func TestLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, command string
		time          time.Duration
		want          ring.Reason
		stderr        string
	}{
		{"time", "spin", 50 * time.Millisecond, ring.Late, ""},
		{"memory that is used", "allocate 200000000", time.Minute, ring.TooLarge, ""},
		{"memory that is only reserved", "reserve 100000000000", time.Minute, ring.TooLarge, ""},
		{"stack", "recurse", time.Minute, ring.TooDeep, "stack"},
		{"its own end", "die panic: x\nmore", time.Minute, ring.Exited, "panic: x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, ring.Config{})
			w, err := p.Get(t.Context(), func(*ring.Worker) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), tt.time)
			defer cancel()
			l := small
			if tt.want == ring.TooDeep {
				l.Memory = 2 << 30
			}
			w.Begin(ctx, l)
			answer, err := ask(w, tt.command)
			if err == nil {
				t.Fatalf("it answers %q", answer)
			}
			d := w.Discard(err)
			if d.Reason == ring.TooLarge && tt.want == ring.TooDeep && strings.Contains(d.Stderr, "ThreadSanitizer") {
				d = ring.Death{Reason: ring.TooDeep, Stderr: "stack"} // the race detector has another stack
			}
			if d.Reason != tt.want || !strings.Contains(d.Stderr, tt.stderr) {
				t.Errorf("it died %+v, want %s, %q", d, tt.want, tt.stderr)
			}
			w = take(t, p, small)
			if got, err := ask(w, "echo again"); err != nil || got != "again" {
				t.Errorf("the next one says %q, %v", got, err)
			}
			w.Put()
		})
	}
}

// A job that is cancelled is asked to end first. Its worker is not used again.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	p := newPool(t, ring.Config{})
	w, err := p.Get(t.Context(), func(*ring.Worker) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.Begin(ctx, ring.Limits{Memory: 1 << 30, Grace: time.Hour})
	if got, err := ask(w, "interrupt"); err != nil || got != "ready" {
		t.Fatalf("%q, %v", got, err)
	}
	cancel()
	if got, err := w.Receive(100); err != nil || string(got) != "interrupted" {
		t.Errorf("%q, %v", got, err)
	}
	w.Put()
	if n := p.Idle(); n != 0 {
		t.Errorf("%d workers are kept", n)
	}
}

// A worker that has sent more than was asked for is not used again, nor is one that sends
// too much.
func TestFlood(t *testing.T) {
	t.Parallel()
	p := newPool(t, ring.Config{})
	w := take(t, p, small)
	if _, err := ask(w, "flood"); err != nil {
		t.Fatal(err)
	}
	for !w.Pending() {
		if _, err := w.Receive(1 << 20); err != nil {
			t.Fatal(err)
		}
	}
	w.Put()
	if n := p.Idle(); n != 0 {
		t.Errorf("%d workers are kept", n)
	}
	w = take(t, p, small)
	if err := send(w.Conn, []byte("flood")); err != nil {
		t.Fatal(err)
	}
	_, err := w.Receive(10)
	if d := w.Discard(err); err == nil || d.Reason != ring.Broken {
		t.Errorf("%+v, %v", d, err)
	}
}

// A spare worker is ready when one is killed.
func TestSpare(t *testing.T) {
	t.Parallel()
	p := newPool(t, ring.Config{Spare: 1})
	w := take(t, p, small)
	for p.Idle() == 0 { // another is being started
		goruntime.Gosched()
	}
	d := w.Discard(errors.New("wrong"))
	if d.Reason != ring.Broken || p.Idle() != 1 {
		t.Errorf("%+v, %d are ready", d, p.Idle())
	}
}

func TestForgottenMain(t *testing.T) { //nolint:paralleltest // it changes what this process has called
	defer ring.ForgetMain()()
	p := newPool(t, ring.Config{})
	if _, err := p.Get(t.Context(), nil); !errors.Is(err, ring.ErrMain) {
		t.Errorf("error %v, want ErrMain", err)
	}
}

// After Close, no process and no descriptor is left, and no job gets a worker.
func TestCloseLeavesNothing(t *testing.T) { //nolint:paralleltest // it counts descriptors
	if r, w, err := os.Pipe(); err != nil || r.Close() != nil || w.Close() != nil { // Go's runtime opens what it needs for the first one
		t.Fatal(err)
	}
	before := descriptors(t)
	p := ring.New(ring.Config{Workers: 3, Spare: 2, Uses: 10, Idle: time.Minute})
	var pids []string
	var busy []*ring.Worker
	for range 3 {
		w := take(t, p, small)
		pid, err := ask(w, "pid")
		if err != nil {
			t.Fatal(err)
		}
		pids, busy = append(pids, pid), append(busy, w)
	}
	busy[0].Put()
	if err := send(busy[1].Conn, []byte("spin")); err != nil {
		t.Fatal(err)
	}
	p.Close()
	for _, w := range busy[1:] {
		_, err := w.Receive(100)
		if d := w.Discard(err); err == nil || d.Reason != ring.Late {
			t.Errorf("a job ended with %+v, %v", d, err)
		}
	}
	if _, err := p.Get(t.Context(), nil); !errors.Is(err, ring.ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
	for _, pid := range pids {
		if _, err := os.Stat("/proc/" + pid); err == nil {
			t.Errorf("process %s is left", pid)
		}
	}
	if after := descriptors(t); !slices.Equal(before, after) {
		t.Errorf("descriptors %v, before %v", after, before)
	}
}

func descriptors(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.HasPrefix(to, "/proc/") {
			out = append(out, to)
		}
	}
	slices.Sort(out)
	return out
}
