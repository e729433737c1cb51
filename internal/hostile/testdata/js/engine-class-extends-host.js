// Classes that extend functions of the host.
// outcome: ok or timeout
for (const f of [engine.log, java.math.BigDecimal, java.util.ArrayList, httpClient.begin, com.questetra.bpms.core.event.scripttask.NewQfile, java.text.SimpleDateFormat]) try { class C extends f { constructor(...x) { super(...x); super(...x) } } for (let i = 0; i < 1000; i++) try { new C('1', 'a/b', 'UTF-8', 'x') } catch (e) { if (e.name === 'ReferenceError' && /not defined/.test(e.message)) throw e } } catch (e) { if (e.name === 'ReferenceError' && /not defined/.test(e.message)) throw e }
