// A token whose payload is nested and has getters.
// outcome: timeout
let v = {}; for (let i = 0; i < 1e4; i++) v = { v, get x() { return this.v } }; for (const h of [{ alg: 'RS256' }, { alg: 'none' }, { alg: {} }, null, { get alg() { for (;;); } }]) try { jwt.build(h, v, {}) } catch (e) { if (e instanceof ReferenceError) throw e }
