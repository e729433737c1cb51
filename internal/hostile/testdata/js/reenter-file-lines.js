// A callback of lines that reads the same file again, ever deeper.
// outcome: limit or timeout
const f = new com.questetra.bpms.core.event.scripttask.NewQfile('a', 'text/plain', 'UTF-8', 'a\n'.repeat(1000)); const go = () => fileRepository.readFile(f, 'UTF-8', go); go()
