package ring

// ForgetMain makes this process one that has not called Main, until the function that it
// returns is called.
func ForgetMain() (restore func()) {
	mainCalled.Store(false)
	return func() { mainCalled.Store(true) }
}
