// A method that is a request.
// outcome: ok or invalid_argument
const server = engine.findDataByVarName('server')
let refused = false; try { httpClient.begin().header('Transfer-Encoding', 'chunked').header('Content-Length', '5').body('x', 'text/plain').post(server + '/echo') } catch (e) { refused = true }
