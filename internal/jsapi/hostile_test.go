package jsapi_test

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// A call that looks at much that a script has made of little ends with the task.
func TestOneCallEndsWithTheTask(t *testing.T) {
	t.Parallel()
	const common = `
		const text = end => 'x'.repeat(5e6) + end
		const list = new Array(200000).fill(text('a')), methods = Object.getPrototypeOf(new java.util.ArrayList())
	`
	for name, source := range map[string]string{
		"contains":         "methods.contains.call(list, text('b'))",
		"indexOf":          "methods.indexOf.call(list, text('b'))",
		"lastIndexOf":      "methods.lastIndexOf.call(list, text('b'))",
		"remove":           "methods.remove.call(list, text('b'))",
		"equals":           "methods.equals.call(list, new Array(200000).fill(text('a')))",
		"setDataByVarName": "engine.setDataByVarName('x', new Array(1e8))",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := hostapi.Limits{Time: 100 * time.Millisecond, DataBytes: 1 << 40}
			_, err := run(t, runtime.Task{}, runtime.Config{Limits: limits}, runtime.Source{Code: []byte(common + source)})
			if hostapi.CodeOf(err) != hostapi.CodeTimeout { // of the call, or of the loop that made its list
				t.Errorf("%v, want a timeout", err)
			}
		})
	}
}

// A row that occurs several times in a table counts each time.
func TestARowManyTimes(t *testing.T) {
	t.Parallel()
	const source = `
		const model = com.questetra.bpms.core.model.formdata
		const row = new model.ListArray.ListRow(), table = new model.ListArray()
		row.addCol('1'.repeat(2000))
		for (let i = 0; i < 1e4; i++) table.addRow(row)
		engine.setData(engine.findDataDefinitionByVarName('t'), table)
	`
	scale := 2
	column := hostapi.Column{Name: "n", VarName: "n", Type: hostapi.TypeDecimal, Scale: &scale}
	task := runtime.Task{Items: []hostapi.Item{{VarName: "t", Type: hostapi.TypeList, Columns: []hostapi.Column{column}}}}
	config := runtime.Config{Limits: hostapi.Limits{Time: time.Hour, DataBytes: 10 << 20}} // a machine may be busy
	if _, err := run(t, task, config, runtime.Source{Code: []byte(source)}); hostapi.CodeOf(err) != hostapi.CodeLimit {
		t.Errorf("%v, want the limit of data", err)
	}
}

func TestLongMailHeader(t *testing.T) {
	t.Parallel()
	const source = "emailService.parseAddressHeader('=?x?q?'.repeat(3e5))"
	if _, err := run(t, runtime.Task{}, runtime.Config{}, runtime.Source{Code: []byte(source)}); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
		t.Errorf("%v, want an invalid argument", err)
	}
}
