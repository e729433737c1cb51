// A field with an object of its class.
// outcome: limit
// first: late
class A { x = new A() }
new A()
