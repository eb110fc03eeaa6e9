// Where in the cut each select is. Items: {seconds, …} in cutting order.

export const lengthOf = (items) => items.reduce((sum, { seconds }) => sum + seconds, 0);

// When each begins, in seconds.
export function startsOf(items) {
  let start = 0;
  return items.map(({ seconds }) => {
    const own = start;
    start += seconds;
    return own;
  });
}

// {index, offset}: which item is on screen at a moment, and for how long it has been.
export function itemAt(items, moment) {
  const starts = startsOf(items), index = Math.max(0, starts.findLastIndex((start) => start <= moment + 1e-6));
  return { index, offset: Math.min(Math.max(0, moment - (starts[index] ?? 0)), items[index]?.seconds ?? 0) };
}

// What is played: the pick of each shot, or the alternate that is chosen, in its place.
export const playedOf = (shots, chosen) => shots.filter(({ selects }) => selects.length).map(({ shot, selects }) =>
  ({ ...(selects.find(({ side }) => side?.take === chosen) ?? selects[0]), shot }));

// In and out with one of them at this frame; one that would cross the other takes it along.
export function withMark({ frame_in, frame_out }, mark, frame) {
  return mark === "in" ? { frame_in: frame, frame_out: Math.max(frame, frame_out) } : { frame_in: Math.min(frame, frame_in), frame_out: frame };
}
