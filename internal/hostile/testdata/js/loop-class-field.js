// A field whose value never ends.
// outcome: timeout
class A { x = (() => { for (;;); })() }
new A()
