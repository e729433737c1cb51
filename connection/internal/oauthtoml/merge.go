package oauthtoml

// Merge returns the content of all files as one. Each part is that of the first file
// that has it.
func Merge(files ...*File) *File {
	all := &File{Connections: make(map[string]*Connection)}
	for _, f := range files {
		for name, c := range f.Connections {
			if all.Connections[name] == nil {
				all.Connections[name] = c
			}
		}
		if f.hasEgress && !all.hasEgress {
			all.Egress, all.Requests, all.Cookies, all.hasEgress = f.Egress, f.Requests, f.Cookies, true
		}
		if f.hasLimits && !all.hasLimits {
			all.Limits, all.hasLimits = f.Limits, true
		}
		if f.hasStore && !all.hasStore {
			all.StoreURL, all.StoreKey, all.Store, all.storeWarnings, all.hasStore = f.StoreURL, f.StoreKey, f.Store, f.storeWarnings, true
		}
		all.Skipped = all.Skipped || f.Skipped
	}
	return all
}
