// Runs on every page, before its components are there.
import { guardWrites } from "./person.js";

guardWrites();
