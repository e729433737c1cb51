//go:build !cgo

package ring

const usesCgo = false
