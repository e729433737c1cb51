package httpstep

// helpers returns the functions that a script may need, by name.
func helpers() map[string]string {
	return map[string]string{
		"text": `// text returns the value of a data item as text.
function text(name) {
  const value = engine.findDataByVarName(name);
  if (value === null) {
    return "";
  }
  if (Array.isArray(value)) {
    return value.every(element => typeof element !== "object") ? value.join(",") : JSON.stringify(value);
  }
  return typeof value.toPlainString === "function" ? value.toPlainString() : String(value);
}
`,
		"file": `// file returns the first file of a data item.
function file(name) {
  const files = engine.findDataByVarName(name);
  if (files === null || files.length === 0) {
    throw new Error(name + " has no file");
  }
  return files[0];
}
`,
		"xml": `// xml returns text as the content of an XML element or attribute. A character that XML
// cannot have becomes U+FFFD.
function xml(text) {
  return text.replace(/[<>&"'\t\n\r]/g, c => "&#" + c.charCodeAt(0) + ";").replace(/[\x00-\x08\v\f\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
}
`,
		"checked": `// checked returns a URL whose path has no part that leads elsewhere.
function checked(url) {
  if (/\/\.\.?(\/|$)/.test(url.split(/[?#]/)[0])) {
    throw new Error("a data item would make . or .. a part of the URL's path");
  }
  return url;
}
`,
		"parse": `// parse returns the response, parsed; undefined if it is empty. A number with more
// digits than a number of JavaScript holds, such as a long ID, is text.
function parse(body) {
  if (/[\d.]{16}/.test(body)) {
    body = body.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g,
      part => /^-?[\d.]{16,}$/.test(part) && String(Number(part)) !== part ? '"' + part + '"' : part);
  }
  try {
    return body === "" ? undefined : JSON.parse(body);
  } catch (e) {
    throw new Error("the response is not JSON");
  }
}
`,
		"pick": `// pick returns what is at a path; undefined if there is nothing.
function pick(value, ...path) {
  for (const key of path) {
    if (value === null || typeof value !== "object" || !Object.prototype.hasOwnProperty.call(value, key)) {
      return undefined;
    }
    value = value[key];
  }
  return value;
}
`,
		"need": `// need returns value, which the response must have.
function need(value, what) {
  if (value === undefined || value === null) {
    throw new Error("the response has no " + what);
  }
  return value;
}
`,
		"asText": `// asText returns a value of JSON as text.
function asText(value) {
  if (value === null || value === undefined) {
    return null;
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
`,
		"asList": `// asList returns a value of JSON as a list of texts.
function asList(value) {
  if (value === null || value === undefined) {
    return null;
  }
  return (Array.isArray(value) ? value : [value]).map(asText);
}
`,
		"header": `// header returns the first value of a header; undefined if there is none.
function header(response, name) {
  const values = response.getHeaderValues(name);
  return values.size() > 0 ? values.get(0) : undefined;
}
`,
		"absolute": `// absolute returns the URL of the next page, null if there is none; one that begins with
// a slash is at the origin.
function absolute(url, origin) {
  return url ? (/^\/(?!\/)/.test(url) ? origin + url : url) : null;
}
`,
		"nextLink": `// nextLink returns the URL of the next page (RFC 8288); null if there is none.
function nextLink(response) {
  const values = response.getHeaderValues("Link");
  for (let i = 0; i < values.size(); i++) {
    for (const [, target, parameters] of values.get(i).matchAll(/<([^>]*)>([^<]*)/g)) {
      if (/;\s*rel\s*=\s*("([^"]*\s)?next(\s[^"]*)?"|next\s*(;|,|$))/i.test(parameters)) {
        return target;
      }
    }
  }
  return null;
}
`,
	}
}
