package main

import (
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// tuneCollector lets the heap grow to five times of what is in use before it is collected,
// and not to twice as Go does: tasks leave so much behind that collecting it would take
// much of the time of a second CPU. Half of the memory of the machine, or of its control
// group, is where it is collected in any case. GOGC or GOMEMLIMIT in the environment
// leave everything as they say.
func tuneCollector(lookupEnv func(string) (string, bool)) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, ok := lookupEnv(name); ok {
			return
		}
	}
	memory, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err != nil || memory > math.MaxInt64 {
		return // without a limit, a large heap could grow beyond the memory
	}
	const growth = 400 // percent
	debug.SetGCPercent(growth)
	debug.SetMemoryLimit(int64(memory / 2))
}
