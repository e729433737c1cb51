// The same item, set a million times, with a large value.
// outcome: timeout or limit
const v = Array.from({ length: 1000 }, (_, i) => ({ i })); for (;;) engine.setDataByVarName('x', v)
