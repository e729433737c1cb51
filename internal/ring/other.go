//go:build !linux

package ring

import (
	"errors"
	"os"
)

// Main returns at once: this system has no workers.
func Main(func(), func(c *Conn, interrupts <-chan os.Signal, idle int64)) { mainCalled.Store(true) }

func spawn(bool, func(func())) (Process, error) { return nil, errors.ErrUnsupported }
