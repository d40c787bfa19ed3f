
(function () {
  "use strict";
  var root = document.documentElement;
  var outcome = document.getElementById("outcome");
  var text = document.getElementById("text");
  var shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll("#rows tbody tr"));

  function speak(language) {
    root.lang = language;
    document.querySelectorAll("option[data-en]").forEach(function (option) {
      option.textContent = option.getAttribute("data-" + language);
    });
  }

  function filter() {
    var code = outcome.value;
    var words = text.value.trim().toLowerCase();
    var count = 0;
    rows.forEach(function (row) {
      var fits = (!code || row.dataset.outcome === code) && (!words || row.textContent.toLowerCase().indexOf(words) >= 0);
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = count.toLocaleString("en-US");
  }

  document.querySelectorAll("button[data-to]").forEach(function (button) {
    button.addEventListener("click", function () { speak(button.dataset.to); });
  });
  if (navigator.language) {
    speak(navigator.language.toLowerCase().indexOf("zh") === 0 ? "zh" : "en");
  }
  if (outcome) {
    outcome.addEventListener("change", filter);
    text.addEventListener("input", filter);
  }
}());
