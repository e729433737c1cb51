// Byte arrays of the host that are kept.
// outcome: timeout or limit
const all = []; for (;;) all.push(base64.decodeFromStringToByteArray('A'.repeat(4e5)))
