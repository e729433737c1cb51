package mediatype

import (
	"path"
	"strings"
)

// ByExtension returns the content type for a file name's extension, without regard to
// case, "" if it is unknown. It does not depend on the machine.
func ByExtension(fileName string) (string, bool) {
	t, ok := byExtension[strings.ToLower(path.Ext(fileName))]
	return t, ok
}

var byExtension = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	".7z":   "application/x-7z-compressed",
	".aac":  "audio/aac",
	".avif": "image/avif",
	".avi":  "video/x-msvideo",
	".bmp":  "image/bmp",
	".bz2":  "application/x-bzip2",
	".css":  "text/css",
	".csv":  "text/csv",
	".doc":  "application/msword",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".eml":  "message/rfc822",
	".epub": "application/epub+zip",
	".flac": "audio/flac",
	".gif":  "image/gif",
	".gz":   "application/gzip",
	".heic": "image/heic",
	".htm":  "text/html",
	".html": "text/html",
	".ico":  "image/vnd.microsoft.icon",
	".ics":  "text/calendar",
	".jpe":  "image/jpeg",
	".jpeg": "image/jpeg",
	".jpg":  "image/jpeg",
	".js":   "text/javascript",
	".json": "application/json",
	".log":  "text/plain",
	".m4a":  "audio/mp4",
	".m4v":  "video/mp4",
	".md":   "text/markdown",
	".mjs":  "text/javascript",
	".mov":  "video/quicktime",
	".mp3":  "audio/mpeg",
	".mp4":  "video/mp4",
	".mpeg": "video/mpeg",
	".mpg":  "video/mpeg",
	".msg":  "application/vnd.ms-outlook",
	".odp":  "application/vnd.oasis.opendocument.presentation",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".odt":  "application/vnd.oasis.opendocument.text",
	".oga":  "audio/ogg",
	".ogg":  "audio/ogg",
	".ogv":  "video/ogg",
	".pdf":  "application/pdf",
	".png":  "image/png",
	".ppt":  "application/vnd.ms-powerpoint",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".rtf":  "application/rtf",
	".svg":  "image/svg+xml",
	".tar":  "application/x-tar",
	".tgz":  "application/gzip",
	".tif":  "image/tiff",
	".tiff": "image/tiff",
	".tsv":  "text/tab-separated-values",
	".txt":  "text/plain",
	".vcf":  "text/vcard",
	".wav":  "audio/wav",
	".weba": "audio/webm",
	".webm": "video/webm",
	".webp": "image/webp",
	".xls":  "application/vnd.ms-excel",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".xml":  "application/xml",
	".yaml": "application/yaml",
	".yml":  "application/yaml",
	".zip":  "application/zip",
}
