// What pages call the values of the record.
import { t } from "./language.js";

export const ROLES = { creative: t("creative"), supervisor: t("supervisor"), admin: t("admin") };
export const STATUSES = { wip: t("WIP"), needs_retake: t("Retake"), approved: t("OK"), circled: t("Circled"), discarded: t("Discarded") };
export const STATES = { queued: t("queued"), leased: t("drawing"), done: t("done"), failed: t("failed"), cancelled: t("cancelled") };
export const KINDS = { still: t("still"), clip: t("clip") };
