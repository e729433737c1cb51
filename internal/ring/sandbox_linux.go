package ring

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// confine takes from this process, a worker, all rights that it does not need, for ever. It
// returns what the kernel could do.
func confine(machineCode bool) (Protection, error) {
	var p Protection
	for resource, most := range map[int]uint64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_FSIZE: stderrBytes, unix.RLIMIT_NOFILE: 32, unix.RLIMIT_MEMLOCK: 0, unix.RLIMIT_MSGQUEUE: 0,
	} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return p, fmt.Errorf("set limit %d: %w", resource, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return p, fmt.Errorf("forbid dumps: %w", err)
	}
	_ = unix.Prctl(unix.PR_SET_THP_DISABLE, 1, 0, 0, 0) // huge pages would take memory that is not used
	if version, err := llsys.LandlockGetABIVersion(); err == nil && version > 0 {
		if err := landlock.V11.BestEffort().Restrict(); err != nil {
			return p, fmt.Errorf("landlock: %w", err)
		}
		p.Landlock = version
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return p, fmt.Errorf("no new privileges: %w", err)
	}
	if seccomp.Supported() {
		filter := seccomp.Filter{NoNewPrivs: true, Flag: seccomp.FilterFlagTSync, Policy: policy(machineCode)}
		if err := seccomp.LoadFilter(filter); err != nil {
			return p, fmt.Errorf("seccomp: %w", err)
		}
		p.Seccomp = true
	}
	return p, nil
}

// dropCleanPages removes from the memory of this process the pages of the program that its
// start has used. They stay in the cache of the system, and come back when they are used.
// Only mappings in which nothing was changed are unmapped, so nothing is lost.
func dropCleanPages() {
	smaps, _ := os.ReadFile("/proc/self/smaps") // without it, the pages stay
	var start, end uintptr                      // of a mapping of a file that cannot be written to; 0: none
	for line := range strings.Lines(string(smaps)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case !strings.HasSuffix(fields[0], ":"):
			start, end = cleanRange(fields)
		case start != 0 && fields[0] == "Private_Dirty:" && fields[1] == "0":
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED) // as above
		}
	}
}

// cleanRange returns the addresses of a mapping if it is of a file and cannot be written to: "from-to
// rights offset device inode path", proc_pid_maps(5).
func cleanRange(fields []string) (start, end uintptr) {
	if len(fields) < 5 || fields[4] == "0" || !strings.HasPrefix(fields[1], "r-") {
		return 0, 0
	}
	first, last, _ := strings.Cut(fields[0], "-")
	from, err := strconv.ParseUint(first, 16, strconv.IntSize)
	to, err2 := strconv.ParseUint(last, 16, strconv.IntSize)
	if err != nil || err2 != nil {
		return 0, 0
	}
	return uintptr(from), uintptr(to)
}

// policy is the list of system calls that Go's runtime and the connection need. Any other
// one fails.
func policy(machineCode bool) seccomp.Policy {
	here := func(names ...string) []string {
		info, err := arch.GetInfo("")
		if err != nil {
			return nil
		}
		var known []string // on this architecture
		for _, name := range names {
			if _, ok := info.SyscallNames[name]; ok {
				known = append(known, name)
			}
		}
		return known
	}
	always := here(
		"read", "write", "close", "epoll_wait", "epoll_pwait", "epoll_ctl", "epoll_create1", "eventfd2",
		"futex", "nanosleep", "clock_nanosleep", "clock_gettime", "gettimeofday", "sched_yield", "sched_getaffinity", "restart_syscall",
		"munmap", "madvise", "mincore", "mremap", "brk",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
		"exit", "exit_group", "getpid", "gettid", "getrandom", "set_robust_list", "rseq", "set_tid_address", "membarrier",
	)
	if usesCgo { // the C library makes threads with it, and its flags are out of reach
		always = append(always, here("clone3")...)
	}
	only := func(name string, argument uint32, op seccomp.Operation, value uint64) seccomp.NameWithConditions {
		return seccomp.NameWithConditions{Name: name, Conditions: seccomp.ArgumentConditions{{Argument: argument, Operation: op, Value: value}}}
	}
	sometimes := []seccomp.NameWithConditions{
		only("clone", 0, seccomp.BitsSet, unix.CLONE_THREAD),
		only("mmap", 2, seccomp.BitsNotSet, unix.PROT_EXEC),
		only("prctl", 0, seccomp.Equal, unix.PR_SET_VMA),
		only("tgkill", 0, seccomp.Equal, uint64(os.Getpid())), //nolint:gosec // not negative
	}
	if machineCode { // which is written first, and made executable then
		always = append(always, "mprotect")
	} else {
		sometimes = append(sometimes, only("mprotect", 2, seccomp.BitsNotSet, unix.PROT_EXEC))
	}
	return seccomp.Policy{
		DefaultAction: seccomp.ActionErrno,
		Syscalls: []seccomp.SyscallGroup{
			{Action: seccomp.ActionAllow, Names: always},
			{Action: seccomp.ActionAllow, NamesWithCondtions: sometimes},
		},
	}
}

// text returns what the worker knows of its protection, for parse.
func (p *Protection) text() string {
	return fmt.Sprintf("landlock=%d seccomp=%t", p.Landlock, p.Seccomp)
}

// parse sets what text has, and reports whether it could be read.
func (p *Protection) parse(text string) bool {
	n, err := fmt.Sscanf(text, "landlock=%d seccomp=%t", &p.Landlock, &p.Seccomp)
	return err == nil && n == 2
}
