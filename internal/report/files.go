package report

import "github.com/postern-dev/postern/hostapi"

// shownFile is a file as it is printed where its content is not.
type shownFile struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"`           // bytes
	Path        string `json:"path,omitempty"` // where it was written to
}

// shownData returns data with every file as it is printed without its content.
// written tells where files were written to.
func shownData(data map[string]any, written map[*hostapi.File]string) map[string]any {
	shown := make(map[string]any, len(data))
	for name, v := range data {
		shown[name] = shownValue(v, written)
	}
	return shown
}

func shownValue(v any, written map[*hostapi.File]string) any {
	switch v := v.(type) {
	case *hostapi.File:
		return shownFile{v.Name, v.ContentType, v.Length(), written[v]}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = shownValue(v[i], written)
		}
		return list
	case map[string]any:
		return shownData(v, written)
	}
	return v
}
