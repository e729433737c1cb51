// Callbacks of packets that throw, again and again.
// outcome: timeout
const f = new com.questetra.bpms.core.event.scripttask.NewQfile('a', 'text/plain', 'UTF-8', 'a'.repeat(1e6)); for (;;) try { fileRepository.readFile(f, 1, () => { throw 1 }) } catch (e) { if (e !== 1) throw e }
