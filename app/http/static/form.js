// What makes a form pleasant; without it the form works too, with all of its fields in sight.
"use strict";

document.documentElement.classList.add("scripted");

addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form");
  if (!form) return;
  sendOnce(form);
  if (form.querySelector("[data-sometimes]")) hideWhatDoesNotApply(form);
});

// A second click would be answered with "closed", though the first one was taken.
function sendOnce(form) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
    form.classList.add("sent");
  });
  addEventListener("pageshow", () => {
    isSent = false;
    form.classList.remove("sent");
  });
}

// Rules are the server's: it is asked which fields there are, whenever something has changed.
function hideWhatDoesNotApply(form) {
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(form));
    body.set("preview", "true");
    try {
      const answer = await fetch(location.href, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok && mine === asked) show(form, (await answer.json()).fields);
    } catch {
      show(form, []); // nobody can be asked: better all fields than one too few
    }
  };
  form.addEventListener("change", ask);
}

function show(form, fields) {
  const away = new Set(fields.filter((field) => !field.visible).map((field) => field.name));
  for (const place of form.querySelectorAll("[data-sometimes]"))
    place.toggleAttribute("data-away", away.has(place.dataset.field));
}
