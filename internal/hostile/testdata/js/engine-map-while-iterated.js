// Maps that grow and shrink while they are iterated, by several iterators.
// outcome: timeout or limit
const m = new Map([[0, 0]]); const its = Array.from({ length: 100 }, () => m.entries()); for (let i = 1; ; i++) { m.set(i, i); m.delete(i - 1); for (const it of its) it.next() }
