// What this browser keeps for one person, in localStorage, which its tabs share and machines share among people.

export class Store {
  constructor(person, storage = localStorage) {
    this.person = person;
    this.storage = storage;
  }

  read(name, otherwise) {
    return JSON.parse(this.storage.getItem(`circletake.${name}.${this.person}`) || "null") ?? otherwise;
  }

  write(name, value) {
    this.storage.setItem(`circletake.${name}.${this.person}`, JSON.stringify(value));
  }

  // Judgements without a receipt, in the order they were given: {path, body: {uid, …}, shot}.
  get waiting() { return this.read("outbox", []); }
  set waiting(items) { this.write("outbox", items); }

  // Judgements that the server refused, each with its `error`.
  get refused() { return this.read("aside", []); }
  set refused(items) { this.write("aside", items); }

  // How many the server has acknowledged.
  get saved() { return this.read("saved", 0); }
  set saved(number) { this.write("saved", number); }
}
