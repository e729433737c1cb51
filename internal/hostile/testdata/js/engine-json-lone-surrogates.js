// Data of lone surrogates, NUL and noncharacters, in names too.
// outcome: ok
const s = '\ud800\udc00\ud800 \udfff\u0000\uffff\ufeff'; for (const v of [s, { [s]: s }, [s.repeat(1e5)]]) { engine.setDataByVarName('x', v); engine.findDataByVarName('x'); engine.log(s); try { engine.setDataByVarName(s, v) } catch (e) { if (e instanceof ReferenceError) throw e } }
