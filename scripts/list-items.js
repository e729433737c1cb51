// Lists the items of an API: how many there are and, if a setting asks for it, a file with them.

const main = () => {
  const items = getItems(`${configs.get("conf_Url")}/api/items`, configs.getObject("conf_Auth"));
  engine.setData(configs.getObject("conf_Count"), new java.math.BigDecimal(items.length));
  const file = configs.getObject("conf_File");
  if (file !== null) {
    engine.setData(file, [fileOf(items)]);
  }
};

/**
 * @param {string} url
 * @param {postern.AuthSetting} auth
 * @returns {{ id: number, name: string }[]}
 */
const getItems = (url, auth) => {
  const response = httpClient.begin().authSetting(auth).queryParam("limit", "100").get(url);
  const status = response.getStatusCode();
  if (status !== 200) {
    engine.log(response.getResponseAsString());
    throw new Error(`The API responded with ${status}.`);
  }
  return JSON.parse(response.getResponseAsString()).items;
};

/** @param {{ id: number, name: string }[]} items */
const fileOf = (items) => {
  const lines = items.map((item) => `${item.id} ${item.name}\n`);
  return new com.questetra.bpms.core.event.scripttask.NewQfile("items.txt", "text/plain", lines.join(""));
};
