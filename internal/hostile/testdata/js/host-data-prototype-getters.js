// Data whose prototype has getters of great size.
// outcome: ok or limit or timeout or script_error or invalid_argument
class T { get a() { return "x".repeat(1e7) } } class U extends T { get b() { return Array(1e6).fill(this) } } engine.setDataByVarName("x", new U()); engine.setDataByVarName("y", Array(1e5).fill(new U()))
