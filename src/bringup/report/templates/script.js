(() => {
  const tip = document.getElementById("tip");
  const show = (event) => {
    const owner = event.target.closest("[data-tip]");
    if (!owner || !owner.dataset.tip) { tip.hidden = true; return; }
    tip.textContent = owner.dataset.tip;
    tip.hidden = false;
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const y = event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18;
    tip.style.left = Math.max(8, x) + "px";
    tip.style.top = y + "px";
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("pointerleave", () => { tip.hidden = true; });
  addEventListener("beforeprint", () => document.querySelectorAll("details:not(.whole)").forEach((one) => { one.open = true; }));
})();
