// Data of many typed arrays.
// outcome: limit or timeout or script_error or invalid_argument
for (;;) engine.setDataByVarName('x', new Uint8Array(1e7))
