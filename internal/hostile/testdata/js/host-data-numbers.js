// Data of numbers that there are not.
// outcome: ok or invalid_argument or script_error
for (const n of [NaN, Infinity, -Infinity, -0, 5e-324, 2 ** 1023]) try { engine.setDataByVarName('x', n) } catch (e) { if (e instanceof TypeError) throw e }
