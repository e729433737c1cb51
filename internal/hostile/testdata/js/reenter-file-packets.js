// A callback of packets that loops.
// outcome: timeout
const f = new com.questetra.bpms.core.event.scripttask.NewQfile('a', 'text/plain', 'UTF-8', 'a'.repeat(1e6)); fileRepository.readFile(f, 1, () => { for (;;); })
