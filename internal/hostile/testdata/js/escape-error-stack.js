// The stack of an error has nothing of the machine.
// outcome: ok
try { engine.setDataByVarName() } catch (x) { if (/\.go:|\/root|\/home|goroutine|0x[0-9a-f]{6}/.test(x.stack + x.message)) throw new Error(x.stack) }
