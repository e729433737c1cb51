// A source map of a file of the machine.
// outcome: ok
//# sourceMappingURL=file:///etc/passwd
eval('1\n//# sourceMappingURL=/etc/passwd')
