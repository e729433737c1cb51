package postern

// Process describes the workflow process that the task is a step of.
type Process struct {
	InstanceID  int64 `json:"instanceId"`
	ModelInfoID int64 `json:"modelInfoId"`
	Debug       bool  `json:"debug"` // a trial run of the process

	// TimeZone is the zone that dates are read and shown in: "UTC",
	// "GMT+09:00" or a name of the IANA database.
	TimeZone string `json:"timeZone"`

	// Users and Groups are those the task may look up, if the program that runs it lists
	// them. Use [FindUser] and the like, which do not need a list.
	Users  []User  `json:"users,omitempty"`
	Groups []Group `json:"groups,omitempty"`

	// Started has the ids that a start event has started a process for.
	Started []string `json:"started,omitempty"`
}

// CurrentProcess returns the process that the task is a step of.
func CurrentProcess() (*Process, error) { return find[Process](hostProcess()) }

// Setting is the value that the author of a workflow chose for a setting of the task.
// At most one field is set; the zero Setting was left empty.
type Setting struct {
	Text       string `json:"text,omitempty"`
	On         *bool  `json:"on,omitempty"`         // of a switch
	Item       string `json:"item,omitempty"`       // VarName of a data item, for FindData and SetData
	Connection string `json:"connection,omitempty"` // name of a connection, for OAuth2Token and Request.AuthSetting
	User       *User  `json:"user,omitempty"`
	Group      *Group `json:"group,omitempty"`
}

// FindSetting returns the value of the setting of that name, nil if it is not set.
func FindSetting(name string) (*Setting, error) { return find[Setting](hostSetting(name)) }

// AuthSetting describes a connection. It holds no secret.
type AuthSetting struct {
	Name         string `json:"name"`
	Scope        string `json:"scope"` // RFC 6749 §3.3, separated by spaces
	ClientID     string `json:"clientId"`
	PrivateKeyID string `json:"privateKeyId,omitempty"` // kid of the key that signs assertions
}

// FindAuthSetting returns the description of the named connection.
func FindAuthSetting(connection string) (*AuthSetting, error) {
	return find[AuthSetting](hostAuthSetting(connection))
}

// SaveTemporaryData keeps text for the next run of the same step. It replaces text
// that was kept before. Nothing is kept if the task fails.
func SaveTemporaryData(text string) error {
	_, err := take(hostSaveTemporaryData(text))
	return err
}

// RestoreTemporaryData returns the text that the previous run kept; ok is false if
// there is none.
func RestoreTemporaryData() (text string, ok bool, err error) {
	kept, err := find[string](hostRestoreTemporaryData())
	if err != nil || kept == nil {
		return "", false, err
	}
	return *kept, true, nil
}

// StartProcess sets whether to start a process for the webhook request that the task
// responds to. Default false.
func StartProcess(start bool) error {
	number := uint32(0)
	if start {
		number = 1
	}
	_, err := take(hostStartProcess(number))
	return err
}
