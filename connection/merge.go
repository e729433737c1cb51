package connection

// merge returns the content of all files as one, of each part that of the first file
// that has it.
func merge(files ...*file) *file {
	all := &file{connections: make(map[string]*connection)}
	for _, f := range files {
		for name, c := range f.connections {
			if all.connections[name] == nil {
				all.connections[name] = c
			}
		}
		if f.hasEgress && !all.hasEgress {
			all.egress, all.requests, all.cookies, all.hasEgress = f.egress, f.requests, f.cookies, true
		}
		if f.hasLimits && !all.hasLimits {
			all.limits, all.hasLimits = f.limits, true
		}
		if f.hasStore && !all.hasStore {
			all.storeURL, all.storeKey, all.storeWarnings, all.hasStore = f.storeURL, f.storeKey, f.storeWarnings, true
		}
		all.skipped = all.skipped || f.skipped
	}
	return all
}
