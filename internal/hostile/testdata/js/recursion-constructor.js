// A constructor that makes another.
// outcome: limit or timeout
class A { constructor() { new A() } }
new A()
