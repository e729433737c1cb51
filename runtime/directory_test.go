package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// people is a Directory of one user and her group, as a database could be.
type people struct {
	hostapi.BaseDirectory
	err   error
	asked []string
}

func (p *people) User(_ context.Context, id int64) (hostapi.User, bool, error) {
	p.asked = append(p.asked, fmt.Sprint("user ", id))
	return hostapi.User{ID: id, Name: "Ada", Email: "ada@example.com"}, id == 7, p.err
}

func (p *people) UserByEmail(context.Context, string) (hostapi.User, bool, error) { panic("boom") }

func (p *people) Group(_ context.Context, id int64) (hostapi.Group, bool, error) {
	p.asked = append(p.asked, fmt.Sprint("group ", id))
	return hostapi.Group{ID: id, Name: "Sales"}, id == 9, p.err
}

func TestDirectoryIsAskedForWhatAScriptNeeds(t *testing.T) {
	t.Parallel()
	p := new(people)
	result, err := run(t, runtime.Config{Directory: p}, `
		const given = engine.findDataByVarName("q_user");
		const ada = quserDao.findById("7");
		engine.log([ada === given, ada.getName(), quserDao.findById(8), quserDao.findById("x"), quserDao.findByEmail("")].join());`,
		runtime.Task{Data: map[string]any{"q_user": hostapi.User{ID: 7, Name: "A."}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Logs[0].Message; got != "true,Ada,,," {
		t.Errorf("logged %q", got)
	}
	if got := strings.Join(p.asked, ", "); got != "user 7, user 8" {
		t.Errorf("the directory was asked for %s", got)
	}
}

func TestDirectoryOfTheTask(t *testing.T) {
	t.Parallel()
	const source = `engine.log(qgroupDao.findById(9)?.getName() ?? "none")`
	of := func(name string) hostapi.Directory {
		return &hostapi.StaticDirectory{Groups: []hostapi.Group{{ID: 9, Name: name}}}
	}
	listed := &hostapi.Process{Groups: []hostapi.Group{{ID: 9, Name: "of the process"}}}
	for _, tt := range []struct {
		engine hostapi.Directory
		task   runtime.Task
		want   string
	}{
		{nil, runtime.Task{}, "none"},
		{of("of the engine"), runtime.Task{}, "of the engine"},
		{of("of the engine"), runtime.Task{Process: &hostapi.Process{InstanceID: 1}}, "of the engine"},
		{of("of the engine"), runtime.Task{Directory: of("of the task")}, "of the task"},
		{of("of the engine"), runtime.Task{Process: listed}, "of the process"},
		{nil, runtime.Task{Process: listed}, "of the process"},
	} {
		result, err := run(t, runtime.Config{Directory: tt.engine}, source, tt.task)
		if err != nil || result.Logs[0].Message != tt.want {
			t.Errorf("logged %v, %v, want %s", result.Logs, err, tt.want)
		}
	}
	_, err := run(t, runtime.Config{}, source, runtime.Task{Process: listed, Directory: of("of the task")})
	wantCode(t, err, hostapi.CodeConfig, "process: it lists users or groups, and the task has a Directory as well")
}

func TestDirectoriesThatFail(t *testing.T) {
	t.Parallel()
	own := errors.New("password=secret")
	for _, tt := range []struct {
		err     error
		source  string
		code    hostapi.Code
		message string
	}{
		{own, "quserDao.findById(7)", hostapi.CodeInternal, "findUser: the directory failed: an unknown error"},
		{own, "qgroupDao.findById(9)", hostapi.CodeInternal, "findGroup: the directory failed: an unknown error"},
		{&hostapi.Error{Code: hostapi.CodeNetwork, Message: "the database is down"}, "quserDao.findById(7)", hostapi.CodeNetwork, "findUser: the database is down"},
		{nil, `quserDao.findByEmail("a@example.com")`, hostapi.CodeInternal, "findUser: the directory panicked"},
		{nil, "qgroupDao.findChildQgroups(qgroupDao.findById(9))", hostapi.CodeDenied, "subgroups: the directory does not support this lookup"},
		{nil, "for (;;) quserDao.findById(7)", hostapi.CodeLimit, "findUser: call limit of 20 reached"},
		{own, `configs.getObject("conf_user")`, hostapi.CodeInternal, "findUser: the directory failed: an unknown error"},
	} {
		_, err := run(t, runtime.Config{Directory: &people{err: tt.err}}, tt.source, runtime.Task{
			Limits:   hostapi.Limits{Calls: 20},
			Settings: map[string]hostapi.Setting{"conf_user": {User: &hostapi.User{ID: 7}}},
		})
		wantCode(t, err, tt.code, tt.message)
		if errors.Is(tt.err, own) && !errors.Is(err, own) {
			t.Errorf("errors.Is does not find %v", own)
		}
	}
}

// BenchmarkUsersThatAreNotUsed runs a task that may look up many users and uses none.
func BenchmarkUsersThatAreNotUsed(b *testing.B) {
	for _, n := range []int{0, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			users := make([]hostapi.User, n)
			for i := range users {
				users[i] = hostapi.User{ID: int64(i + 1), Name: "Ada", Email: fmt.Sprintf("u%d@example.com", i)}
			}
			engine := runtime.New(runtime.Config{})
			benchTask(b, engine, runtime.Task{Script: compile(b, engine, `engine.setDataByVarName("q_a", 1)`), Process: &hostapi.Process{Users: users}})
		})
	}
}
