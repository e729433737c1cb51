package ring

import goruntime "runtime"

// Supported reports whether this system has workers.
func Supported() bool { return goruntime.GOOS == "linux" }
