package hostapi

// Process is the workflow process that a task is a step of, as visible to the task. It
// does not change while the task runs.
type Process struct {
	InstanceID  int64 `json:"instanceId"`
	ModelInfoID int64 `json:"modelInfoId"`
	Debug       bool  `json:"debug"` // a trial run of the process

	// TimeZone is the time zone for parsing and formatting dates: "UTC", "GMT+09:00" or a
	// name of the IANA database. Default UTC.
	TimeZone string `json:"timeZone"`

	Users  []User  `json:"users,omitempty"`  // visible to the task
	Groups []Group `json:"groups,omitempty"` // visible to the task

	// Started are the IDs for which a start event has started a process.
	Started []string `json:"started,omitempty"`
}

// Setting is the value of one setting of a task, chosen by the author of the workflow.
// At most one field is set; the zero Setting was left empty.
type Setting struct {
	Text       string `json:"text,omitempty"`
	On         *bool  `json:"on,omitempty"`         // of a switch
	Item       string `json:"item,omitempty"`       // VarName of a declared data item
	Connection string `json:"connection,omitempty"` // name of a connection
	User       *User  `json:"user,omitempty"`
	Group      *Group `json:"group,omitempty"`
}

// AuthSetting has the public properties of a connection. It holds no secret.
type AuthSetting struct {
	Name         string `json:"name"`
	Scope        string `json:"scope"` // RFC 6749 §3.3, separated by spaces
	ClientID     string `json:"clientId"`
	PrivateKeyID string `json:"privateKeyId,omitempty"` // kid of the key that signs assertions
}
