package terminal_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

// openTerminal returns both ends of a new terminal: what the user sees and types, and
// what the program has.
func openTerminal(t *testing.T) (user, program *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = user.Close() })
	var locked, number int32
	for request, at := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, user.Fd(), request, uintptr(unsafe.Pointer(at))); errno != 0 {
			t.Fatal(errno)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return user, program
}

// TestHidden types keys when the question is shown, and looks at what the terminal
// shows of them.
func TestHidden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, keys string
		text       string
		more       bool
		code       hostapi.Code
	}{
		{"a line", "hunter2\r", "hunter2", true, ""},
		{"a line feed", "hunter2\n", "hunter2", true, ""},
		{"put right", "hunterx\x7f2\r", "hunter2", true, ""},
		{"more than ASCII", "пароль\r", "пароль", true, ""},
		{"nothing", "\r", "", true, ""},
		{"Ctrl-D", "\x04", "", false, ""},
		{"Ctrl-C", "\x03", "", false, hostapi.CodeCanceled},
		{"Ctrl-C in a line", "hunter2\x03", "", false, hostapi.CodeCanceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			user, program := openTerminal(t)
			shown := make(chan string)
			go func() {
				screen := bufio.NewReader(user)
				question, _ := screen.ReadString(':')
				_, _ = user.WriteString(tt.keys)
				rest, _ := screen.ReadString('\n')
				shown <- question + rest
			}()
			text, more, err := terminal.NewPrompt("connection add", program, program).Hidden(t.Context(), "Client secret:")
			if text != tt.text || more != tt.more || hostapi.CodeOf(err) != tt.code {
				t.Errorf("%q, %t, %v; want %q, %t, code %q", text, more, err, tt.text, tt.more, tt.code)
			}
			if got := <-shown; strings.TrimRight(got, "\r\n") != "Client secret:" {
				t.Errorf("the terminal shows %q", got)
			}
		})
	}
}

// TestHiddenLeavesTheRest pastes replies to two questions at once.
func TestHiddenLeavesTheRest(t *testing.T) {
	t.Parallel()
	user, program := openTerminal(t)
	prompt := terminal.NewPrompt("connection add", program, program)
	go func() {
		screen := bufio.NewReader(user)
		_, _ = screen.ReadString(':')
		_, _ = user.WriteString("first\rsecond\r")
		_, _ = screen.ReadString(0) // until the end
	}()
	for _, want := range []string{"first", "second"} {
		if text, more, err := prompt.Hidden(t.Context(), "Secret:"); text != want || !more || err != nil {
			t.Errorf("%q, %t, %v; want %q", text, more, err, want)
		}
	}
}

// TestHiddenEndsWithItsContext gives the terminal back as it was.
func TestHiddenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	user, program := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	screen := bufio.NewReader(user)
	go func() {
		_, _ = screen.ReadString(':')
		cancel()
	}()
	if _, _, err := terminal.NewPrompt("connection add", program, program).Hidden(ctx, "Secret:"); hostapi.CodeOf(err) != hostapi.CodeCanceled {
		t.Errorf("error %v", err)
	}
	if _, err := user.WriteString("seen\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := screen.ReadString('\n'); err != nil { // of the prompt
		t.Fatal(err)
	}
	if echo, err := screen.ReadString('\n'); !strings.Contains(echo, "seen") || err != nil {
		t.Errorf("the terminal shows %q, %v; echo is still off", echo, err)
	}
}
