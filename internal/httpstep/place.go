package httpstep

import (
	"errors"

	"github.com/postern-dev/postern/hostapi"
)

// Locate returns an error of the script with the place in the task file of what it is about:
// the author has not seen the script. name is the name that the script was compiled by.
func (s *Step) Locate(err error, name string) error {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.File != name {
		return err
	}
	line := e.Line
	for _, frame := range e.Stack { // a function that the script declares has no place
		if frame.File == name {
			line = frame.Line
		}
	}
	_, places := s.script("")
	located := *e
	located.Stack = nil
	located.File, located.Line, located.Column = s.urlAt.File, s.urlAt.Line, s.urlAt.Column
	for ; line > 0; line-- {
		if at, ok := places[line]; ok {
			located.Line, located.Column = at.Line, at.Column
			break
		}
	}
	return &located
}
