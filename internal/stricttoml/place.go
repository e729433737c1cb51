package stricttoml

// place is the position of a key or of an element of a list, and of those inside it.
type place struct {
	name     string            // of a key
	at       int               // offset of its first byte
	set      bool              // defined by a value or a header: it cannot be defined again
	header   bool              // found in a header first, not in the key of a value
	mixed    bool              // keys are not in the order of the file yet
	keys     []*place          // of a table, in the order of the file
	byName   map[string]*place // keys, if there are more than fewKeys
	count    int               // of elements, for a list
	elements map[int]*place    // those elements that are tables or lists
}

// fewKeys is how many keys a search finds as fast as a map would.
const fewKeys = 8

// find returns the place of a key of a table, nil if it has none.
func (p *place) find(name string) *place {
	if p.byName != nil {
		return p.byName[name]
	}
	for _, child := range p.keys {
		if child.name == name {
			return child
		}
	}
	return nil
}

// key returns the place of a key of a table. A missing one is added.
func (o *outliner) key(table *place, name string, at int) (child *place, isNew bool) {
	if child = table.find(name); child != nil {
		o.linked = o.linked || child.header != o.header
		return child, false
	}
	child = o.newPlace()
	child.name, child.at, child.header = name, at, o.header
	if table.keys == nil {
		table.keys = make([]*place, 0, fewKeys)
	}
	table.keys = append(table.keys, child)
	if table.byName == nil && len(table.keys) > fewKeys {
		table.byName = make(map[string]*place, 2*fewKeys)
		for _, child := range table.keys {
			table.byName[child.name] = child
		}
	}
	if table.byName != nil {
		table.byName[name] = child
	}
	return child, true
}

// newPlace allocates many at once: a large file has one for each of its keys.
func (o *outliner) newPlace() *place {
	if len(o.places) == 0 {
		o.places = make([]place, 32)
	}
	p := &o.places[0]
	o.places = o.places[1:]
	return p
}

// element adds an element to a list and returns its place.
func (o *outliner) element(list *place, at int) *place {
	if list.elements == nil {
		list.elements = make(map[int]*place)
	}
	e := o.newPlace()
	e.at = at
	list.elements[list.count] = e
	list.count++
	return e
}

// last returns the place that a key inside p belongs to: for a list of tables, that of
// its last table.
func (p *place) last() *place {
	if e := p.elements[p.count-1]; e != nil {
		return e
	}
	return p
}
