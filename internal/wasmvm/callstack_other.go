//go:build !linux

package wasmvm

import "errors"

func reserve(int, int) ([]byte, error) { return nil, errors.ErrUnsupported }

func discard([]byte) error { return errors.ErrUnsupported }

func release([]byte) {}
