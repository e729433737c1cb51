// A buffer with its own length.
// outcome: ok
const b = new Uint8Array(10); Object.defineProperty(b, 'length', { value: 1e9 }); Object.defineProperty(b, 'byteLength', { value: 1e9 }); Object.defineProperty(b, 'buffer', { value: new ArrayBuffer(1) }); Object.defineProperty(b, 'byteOffset', { value: -5 }); if (hex.encodeToString(b).length !== 20) throw new Error('length')
