package hostapi

// Process is what a task is told of the workflow process it is a step of. It
// does not change while the task runs.
type Process struct {
	InstanceID  int64 `json:"instanceId"`
	ModelInfoID int64 `json:"modelInfoId"`
	Debug       bool  `json:"debug"` // a trial run of the process

	// TimeZone is the zone that dates are read and shown in: "UTC",
	// "GMT+09:00" or a name of the IANA database. Default UTC.
	TimeZone string `json:"timeZone"`

	Users  []User  `json:"users,omitempty"`  // those the task may look up
	Groups []Group `json:"groups,omitempty"` // likewise

	// Started are the ids of what a start event has begun a process for.
	Started []string `json:"started,omitempty"`
}

// Setting is what the author of a workflow chose for one setting of a task. At
// most one field is set; the zero Setting is one that was left empty.
type Setting struct {
	Text       string `json:"text,omitempty"`
	On         *bool  `json:"on,omitempty"`         // of a switch
	Item       string `json:"item,omitempty"`       // VarName of a declared data item
	Connection string `json:"connection,omitempty"` // name of a connection
	User       *User  `json:"user,omitempty"`
	Group      *Group `json:"group,omitempty"`
}

// AuthSetting is what a task may know of a connection. It holds no secret.
type AuthSetting struct {
	Name         string `json:"name"`
	Scope        string `json:"scope"` // RFC 6749 §3.3, separated by spaces
	ClientID     string `json:"clientId"`
	PrivateKeyID string `json:"privateKeyId,omitempty"` // kid of the key that signs assertions
}
