//go:build !unix

package main

// noCoreFile does nothing: the system has no core files.
func noCoreFile(func(string) (string, bool)) {}
