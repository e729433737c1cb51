//go:build cgo

package ring

const usesCgo = true
