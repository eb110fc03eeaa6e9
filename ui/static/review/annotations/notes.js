// Stars and notes: for the chosen take. A note stays with the take it was opened for, whatever is chosen or judged
// meanwhile.
let noteFor = null;    // {take, name, shot} while the field is open

const field = $("ct-note").querySelector("input");
const noteText = () => (noteFor ? field.value.trim() : "");

function choose(name) {
  side = name;
  root.querySelectorAll(".ct-side").forEach((box) => box.classList.toggle("ct-focus", box.dataset.side === name));
  stars();
}

function stars() {
  const given = pairs[0]?.[side].stars || 0;
  $("ct-chosen").textContent = `${side} take`;
  $("ct-stars").querySelectorAll("button").forEach((button, k) => button.classList.toggle("ct-on", k < given));
}

// Only a take that can be seen: stars and words for a picture that is not there would be for another.
const chosenTake = () => (pairs[0]?.[side].state === "ready" ? pairs[0][side] : null);

function rate(number) {
  const take = chosenTake();
  if (!take) return;
  take.stars = number;
  keep("/api/ratings", { take: take.take, stars: number }, pairs[0].shot);
  stars();
}

function openNote() {
  const take = chosenTake();
  if (!take) return;
  if (noteFor && noteFor.take !== take.take) tell(keepNote());
  noteFor = { take: take.take, name: side, shot: pairs[0].shot };
  $("ct-note").classList.add("ct-open");
  $("ct-note-for").textContent = `Note on the ${side} take`;
  field.focus();
}

function closeNote() {
  noteFor = null;
  field.value = "";
  $("ct-note").classList.remove("ct-open");
  field.blur();
}

// Gives back what to tell: text that is kept without Enter is not kept in silence.
function keepNote() {
  const text = noteText(), kept = text ? `the note on the ${noteFor.name} take is kept` : "";
  if (text) keep("/api/notes", { take: noteFor.take, text }, noteFor.shot);
  closeNote();
  return kept;
}

listen(field, "keydown", (event) => {
  if (event.key === "Escape") closeNote();
  else if (event.key === "Enter" && !event.isComposing) keepNote();
});
