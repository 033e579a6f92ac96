// Suggests this device's time zone where none has been chosen.
"use strict";

(() => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  for (const select of document.querySelectorAll("select[data-zone]")) {
    const known = [...select.options].find((option) => option.value === timeZone);
    if (known) known.selected = true;
  }
})();
