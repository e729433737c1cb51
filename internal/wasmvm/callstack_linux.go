package wasmvm

import "syscall"

// reserve returns an address range whose last bytes can be used.
func reserve(whole, usable int) ([]byte, error) {
	all, err := syscall.Mmap(-1, 0, whole, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	if err := syscall.Mprotect(all[whole-usable:], syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		release(all)
		return nil, err
	}
	return all, nil
}

// discard takes memory out of RAM. It is zero when it is used again.
func discard(memory []byte) error { return syscall.Madvise(memory, syscall.MADV_DONTNEED) }

func release(all []byte) { _ = syscall.Munmap(all) } // it was mapped
