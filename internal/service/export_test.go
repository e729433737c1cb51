package service

// What tests see.
var DecodeAuditCursor = decodeAuditCursor
