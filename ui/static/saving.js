// What a page posts at once, without an outbox: the person waits for the answer, and what is not saved is still on the page.
import { t } from "./language.js";
import { newUid } from "./review/dom.js";

export class Saver {
  uids = new Map();   // of what had no answer: sent again, it is the same judgement

  // server: posts {path, body} and gives {status, body}.
  constructor(server) {
    this.server = server;
  }

  // {isSaved, error, answer}
  async save(path, fields) {
    const key = JSON.stringify([path, fields]), uid = this.uids.get(key) ?? newUid();
    this.uids.set(key, uid);
    const { isSaved, error, answer } = await this.send(path, { uid, ...fields });
    if (answer) this.uids.delete(key);
    return { isSaved, error, answer };
  }

  // The same without a uid.
  async send(path, body) {
    try {
      const { status, body: answer } = await this.server.post({ path, body });
      const isSaved = status >= 200 && status < 300;
      return { isSaved, error: isSaved ? "" : answer.error || t("the server answered {status}", { status }), answer };
    } catch (error) {
      return { isSaved: false, error: error.message, answer: null };
    }
  }
}
