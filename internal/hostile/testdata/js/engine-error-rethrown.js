// An error of the host that is changed and thrown.
// outcome: invalid_argument or timeout
try { engine.findDataByNumber(99999) ; httpClient.getOAuth2Token('none') } catch (e) { try { e.message = 'm'.repeat(1e7); e.code = {}; e.hint = () => {}; e.cause = e } catch (x) { } throw e }
