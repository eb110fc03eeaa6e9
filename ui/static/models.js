// Before anything is changed on the models page, the person is asked in a sentence that names both versions.

export function fillIn(question, names) {
  return question.replace(/\{(\w+)\}/g, (_, key) => names[key]);
}

// What the handler is sent: the version seen in production with a yes, "" with a no. Without what the question needs,
// nothing is asked, and the handler says what is missing.
export function answerOf(question, needs, names, confirm) {
  return !names[needs] || confirm(fillIn(question, names)) ? names.production : "";
}

export function ask(question, needs, name, reason) {
  const { production, before } = document.querySelector(".ct-page .ct-table").dataset;
  const names = { name, production, before };
  return [name, reason, answerOf(question, needs, names, (text) => window.confirm(text))];
}
