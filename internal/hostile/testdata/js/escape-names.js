// No name of the global object leads to the machine.
// outcome: ok or script_error
for (let o = globalThis; o; o = Object.getPrototypeOf(o)) for (const k of Reflect.ownKeys(o)) { const v = o[k]; if (typeof v === 'object' && v !== null && /^(os|syscall|net|http|exec|unsafe)$/.test(String(k))) throw new Error('found ' + String(k)) }
