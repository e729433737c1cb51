// A static block that never ends.
// outcome: timeout
class A { static { for (;;); } }
