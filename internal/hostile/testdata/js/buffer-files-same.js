// A data item of a file that is in it a hundred thousand times.
// outcome: limit
const f = new com.questetra.bpms.core.event.scripttask.NewQfile('a', 'text/plain', 'UTF-8', 'x'.repeat(1e6)); engine.setDataByVarName('x', Array(1e5).fill(f))
