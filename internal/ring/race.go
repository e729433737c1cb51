//go:build race

package ring

// RaceFactor is how many times the memory, and the time of long computations, workers get because
// the race detector needs it.
const RaceFactor = 4
