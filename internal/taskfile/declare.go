package taskfile

import (
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// ParseItem reads NAME=TYPE or NAME=LIST(COLUMN[:TYPE],…).
func ParseItem(assignment string) (hostapi.Item, error) {
	name, text, ok := strings.Cut(assignment, "=")
	if !ok || name == "" {
		return hostapi.Item{}, configError("", "is not a declaration", "write name=TYPE, such as q_total=DECIMAL")
	}
	text, columns, isTable := strings.Cut(text, "(")
	itemType, err := hostapi.ParseItemType(text)
	if err != nil {
		return hostapi.Item{}, err
	}
	item := hostapi.Item{VarName: name, Type: itemType}
	if !isTable {
		return item, nil
	}
	columns, closed := strings.CutSuffix(columns, ")")
	if !closed || itemType != hostapi.TypeList {
		return hostapi.Item{}, configError("", "is not a declaration", "write a table as name=LIST(text,price:DECIMAL)")
	}
	for column := range strings.SplitSeq(columns, ",") {
		name, columnType, typed := strings.Cut(strings.TrimSpace(column), ":")
		if !typed {
			columnType = string(hostapi.TypeString)
		}
		item.Columns = append(item.Columns, hostapi.Column{VarName: name, Type: hostapi.ItemType(columnType)})
	}
	_, err = hostapi.CheckItems([]hostapi.Item{item})
	return item, err
}
