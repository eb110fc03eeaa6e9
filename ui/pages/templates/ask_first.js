async (name, reason) => {
  const { ask } = await import("{{ static("models.js") }}");
  return ask({{ question | tojson }}, {{ needs | tojson }}, name, reason);
}
