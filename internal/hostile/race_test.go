//go:build race

package hostile

const (
	raceDetector = true
	slowdown     = 8 // by the detector: of time after a deadline, and of memory
)
