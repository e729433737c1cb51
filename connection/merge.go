package connection

// Merge returns the connections of all sets as one, such as those of a program and
// those that several programs share. Of connections with the same name that of the
// earlier set counts. [egress], [limits] and [store] are each taken as a whole from the
// first set that has such a table.
func Merge(sets ...*Set) *Set {
	all := &Set{connections: make(map[string]*connection)}
	for _, s := range sets {
		for name, c := range s.connections {
			if all.connections[name] == nil {
				all.connections[name] = c
			}
		}
		if s.hasEgress && !all.hasEgress {
			all.egress, all.requests, all.cookies, all.hasEgress = s.Egress(), s.requests, s.cookies, true
		}
		if s.hasLimits && !all.hasLimits {
			all.limits, all.hasLimits = s.limits, true
		}
		if s.hasStore && !all.hasStore {
			all.storeURL, all.storeKey, all.storeWarnings, all.hasStore = s.storeURL, s.storeKey, s.storeWarnings, true
		}
		all.skipped = all.skipped || s.skipped
	}
	for _, name := range all.Names() {
		all.warnings = append(all.warnings, all.connections[name].warnings...)
	}
	return all
}
