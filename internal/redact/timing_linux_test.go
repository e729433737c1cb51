package redact

import (
	"math/rand/v2"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the CPU time that the thread takes for f, which the load of the machine
// changes little.
func cpuTime(t *testing.T, f func()) time.Duration {
	t.Helper()
	now := func() time.Duration {
		var u unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Nano())
	}
	start := now()
	f()
	return now() - start
}

// tells reports whether the CPU time of a search for secret differs between texts of guesses
// that are right but for the last character and wrong ones, and by which part of it. The guesses
// of a round are in random order. The difference of two medians counts if it is
// more than what chance makes of halves of the wrong ones, and more than a hundredth.
func tells(t *testing.T, secret, gap string, search func(string)) (part float64, differs bool) {
	t.Helper()
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	const rounds, size = 200, 1 << 20
	random := rand.New(rand.NewPCG(1, 2))
	text := func(right bool) string {
		guess := []byte(secret)
		for i := range guess {
			if !right || i == len(guess)-1 {
				for guess[i] == secret[i] {
					guess[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[random.IntN(64)]
				}
			}
		}
		unit := strings.Join(strings.Split(string(guess), ""), gap) + " "
		return strings.Repeat(unit, size/len(unit))
	}
	var right, wrong []time.Duration
	for range rounds {
		for _, i := range random.Perm(3) { // two wrong ones, to learn what chance makes
			guess := text(i == 0)
			took := cpuTime(t, func() { search(guess) })
			if i == 0 {
				right = append(right, took)
			} else {
				wrong = append(wrong, took)
			}
		}
	}
	usual := median(wrong)
	noise := time.Duration(0)
	for range 200 {
		random.Shuffle(len(wrong), func(i, j int) { wrong[i], wrong[j] = wrong[j], wrong[i] })
		noise = max(noise, (median(wrong[:rounds]) - median(wrong[rounds:])).Abs())
	}
	difference := (median(right) - usual).Abs()
	return float64(difference) / float64(usual), difference > 2*noise && difference > usual/100
}

// measured calls tells until it returns want, three times at most: another program may disturb one measurement, and
// what a search tells can be seen in each.
func measured(t *testing.T, want bool, what, secret, gap string, search func(string)) {
	t.Helper()
	const most = 3
	for n := 1; ; n++ {
		part, differs := tells(t, secret, gap, search)
		t.Logf("%s: the medians differ by %.2f %%, more than by chance: %t", what, 100*part, differs)
		if differs == want {
			return
		}
		if n == most {
			t.Errorf("%s: in %d measurements, the time tells whether a guess is right: %t, want %t", what, n, differs, want)
			return
		}
	}
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// The time of a search does not tell how much of a guess is right; that of one which compares
// characters does, so that this test is able to see it.
func TestTimingOfGuesses(t *testing.T) { //nolint:paralleltest // it measures time
	if os.Getenv("POSTERN_TIMING") == "" {
		t.Skip("make timing runs it")
	}
	const secret = "Xq7-token_2f8Zk3Wm9Rb4"
	s := &Set{}
	s.Hide(secret)
	for name, gap := range map[string]string{"plain": "", "with NULs": "\x00", "with escapes": `\u0000`} {
		measured(t, false, name, secret, gap, func(text string) { _ = s.Found(text) })
	}
	byPrefix := func(text string) {
		for i := range text {
			n := 0
			for n < len(secret) && i+n < len(text) && text[i+n] == secret[n] {
				n++
			}
			if n == len(secret) {
				return
			}
		}
	}
	measured(t, true, "a search that compares characters", secret, "", byPrefix)
}
