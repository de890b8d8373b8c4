"use strict";
// Shows /openapi.json as routes to read and to try out. Text only ever becomes text: nothing is parsed as HTML.

const make = (tag, text, ...children) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
};

const start = async () => {
  const spec = await (await fetch("/openapi.json")).json();
  const root = document.getElementById("routes");
  const groups = new Map();
  for (const [path, operations] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = (operation.tags || ["Other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(route(spec, method.toUpperCase(), path, operation));
    }
  }
  root.replaceChildren();
  for (const [tag, routes] of groups) root.append(make("h2", tag), ...routes);
};

const route = (spec, method, path, operation) => {
  const name = make("span", path);
  name.className = "path";
  const title = make("summary", "", make("b", method), name, make("small", " " + (operation.summary || "")));
  const box = make("details", "", title);
  box.addEventListener("toggle", () => {
    if (box.childElementCount === 1) box.append(...content(spec, method, path, operation));
  });
  return box;
};

const content = (spec, method, path, operation) => {
  const parts = [];
  if (operation.description) parts.push(make("p", operation.description));
  const scopes = (operation.security || []).flatMap((scheme) => Object.values(scheme).flat());
  parts.push(make("p", scopes.length ? "Needs the scope " + [...new Set(scopes)].join(", ") + "." : "Needs no token."));
  const fields = (operation.parameters || []).map((given) => parameter(resolve(spec, given)));
  parts.push(...fields.map((field) => field.label));
  const body = operation.requestBody && requestBody(spec, operation.requestBody);
  if (body) parts.push(make("p", "Body"), body);
  const result = make("pre");
  result.hidden = true;
  const button = make("button", "Try it");
  button.addEventListener("click", () => attempt(method, path, fields, body, result));
  parts.push(make("p", "", button), result, make("p", "Answers"), answers(spec, operation.responses));
  return parts;
};

const parameter = (given) => {
  const input = make("input");
  const value = given.schema && given.schema.default;
  if (value !== undefined) input.placeholder = String(value);
  const label = make("label", given.name + (given.required ? " * " : " "), input);
  label.append(make("small", " " + (given.description || "") + " (" + given.in + ")"));
  return { given, input, label };
};

const requestBody = (spec, given) => {
  const area = make("textarea");
  area.value = JSON.stringify(samples(spec, given.content["application/json"])[0], null, 2);
  area.spellcheck = false;
  return area;
};

const answers = (spec, responses) => {
  const list = make("dl");
  for (const [status, given] of Object.entries(responses)) {
    const response = resolve(spec, given);
    const media = (response.content || {})["application/json"] || {};
    const shown = make("dd", response.description);
    for (const value of samples(spec, media)) shown.append(make("pre", JSON.stringify(value, null, 2)));
    list.append(make("dt", status), shown);
  }
  return list;
};

const resolve = (spec, value) =>
  value && value.$ref ? value.$ref.slice(2).split("/").reduce((node, key) => node[key], spec) : value;

const samples = (spec, media) => {
  if (media.example !== undefined) return [media.example];
  const given = Object.values(media.examples || {}).map((entry) => entry.value);
  return given.length || !media.schema ? given : [example(spec, media.schema, 0)];
};

const example = (spec, given, depth) => {
  if (given.examples && given.examples.length) return given.examples[0];
  const schema = resolve(spec, given) || {};
  if (schema.example !== undefined) return schema.example;
  if (schema.examples && schema.examples.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choice = (schema.anyOf || schema.oneOf || schema.allOf || [])[0];
  if (choice) return example(spec, choice, depth + 1);
  if (depth > 6) return null;
  if (schema.type === "array") return schema.items ? [example(spec, schema.items, depth + 1)] : [];
  if (schema.type === "object" || schema.properties) {
    const shown = Object.entries(schema.properties || {}).map(([key, part]) => [key, example(spec, part, depth + 1)]);
    return Object.fromEntries(shown);
  }
  return { string: "", integer: 0, number: 0, boolean: true }[schema.type] ?? null;
};

const attempt = async (method, path, fields, body, result) => {
  const query = new URLSearchParams();
  const headers = {};
  let url = path;
  for (const { given, input } of fields) {
    if (given.in === "path") url = url.replace("{" + given.name + "}", encodeURIComponent(input.value));
    else if (input.value && given.in === "query") query.set(given.name, input.value);
    else if (input.value && given.in === "header") headers[given.name] = input.value;
  }
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = "Bearer " + token;
  if (body && body.value) headers["Content-Type"] = "application/json";
  result.hidden = false;
  result.textContent = "…";
  try {
    const target = query.size ? url + "?" + query : url;
    const answer = await fetch(target, { method, headers, body: body && body.value ? body.value : undefined });
    result.textContent = answer.status + " " + answer.statusText + "\n" + pretty(await answer.text());
  } catch (error) {
    result.textContent = String(error);
  }
};

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

start();
