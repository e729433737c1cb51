// A generator that is in a callback of a host call, and yields from another.
// outcome: timeout
const f = new com.questetra.bpms.core.event.scripttask.NewQfile('a', 'text/plain', 'UTF-8', 'a\n'.repeat(1e5)); const lines = []; function* g() { while (true) yield fileRepository.readFile(f, 'UTF-8', l => lines.push(l)) } for (const x of g()) lines.length
