// A getter that only catches what a host call throws, after the deadline.
// outcome: timeout
const o = { get a() { for (;;) try { engine.findDataByVarName('server') } catch (e) { engine.log(e) } } }; for (;;) try { engine.setDataByVarName('x', o) } catch (e) { }
