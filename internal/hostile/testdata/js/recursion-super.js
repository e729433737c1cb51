// super that calls the class itself.
// outcome: limit or timeout
class A {} 
class B extends A { constructor() { super(); new B() } }
new B()
