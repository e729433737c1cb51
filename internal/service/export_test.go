package service

// What tests see.
var DecodeAuditCursor = decodeAuditCursor //nolint:gochecknoglobals // a function
