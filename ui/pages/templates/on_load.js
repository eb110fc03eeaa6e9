import("{{ static(module) }}").then((module) => module.start(element, { trigger }));
