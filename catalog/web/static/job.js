// The form of a schedule: its next times are shown as it is written.
const form = document.getElementById("schedule-form");
const next = document.getElementById("next");
const pause = 300; // milliseconds without a key
let waiting = 0;

async function show() {
  const times = form.elements.schedule, zone = form.elements.timezone;
  const asked = `${times.value}\n${zone.value}`;
  const answer = await fetch(`/api/job/next?${new URLSearchParams({ schedule: times.value, timezone: zone.value })}`).catch(() => null);
  if (!answer?.ok || asked !== `${times.value}\n${zone.value}`) return;
  const told = await answer.json();
  next.hidden = false;
  next.firstElementChild.hidden = Boolean(told.wrong);
  const items = told.wrong ? [told.wrong.text] : told.next.map((at) => at.local);
  next.querySelector("ol").replaceChildren(...items.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

if (form && next) {
  form.addEventListener("input", (event) => {
    if (event.target.name !== "schedule" && event.target.name !== "timezone") return;
    clearTimeout(waiting);
    waiting = setTimeout(show, pause);
  });
}
