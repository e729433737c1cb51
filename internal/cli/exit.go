package cli

import (
	"strconv"

	"github.com/postern-dev/postern/hostapi"
)

// The exit statuses.
const (
	statusOK          = 0
	statusScript      = 1
	statusConfig      = 2
	statusNetwork     = 3
	statusLimit       = 4
	statusNeedsReauth = 5
	statusInternal    = 70
)

// statusOf is the one table from codes to exit statuses.
func statusOf(code hostapi.Code) int {
	switch code {
	case "":
		return statusOK
	case hostapi.CodeScript, hostapi.CodeInvalidArgument:
		return statusScript
	case hostapi.CodeConfig:
		return statusConfig
	case hostapi.CodeUnknownConnection, hostapi.CodeConnection, hostapi.CodeNetwork:
		return statusNetwork
	case hostapi.CodeLimit, hostapi.CodeDenied, hostapi.CodeTimeout, hostapi.CodeCanceled, hostapi.CodeClosed, hostapi.CodeOverloaded:
		return statusLimit
	case hostapi.CodeNeedsReauth:
		return statusNeedsReauth
	case hostapi.CodeInternal:
	}
	return statusInternal
}

// statusError is the error of a command that has said everything itself.
type statusError int

func (s statusError) Error() string { return "exit status " + strconv.Itoa(int(s)) }
